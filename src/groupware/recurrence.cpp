// SPDX-License-Identifier: Apache-2.0
#include "groupware/recurrence.h"

#include <algorithm>

#include "groupware/recurrence_rule.h"

namespace godwit::groupware {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;

constexpr std::int64_t day_seconds = 86400;
constexpr std::size_t most_times = 96;  // a day: each quarter of an hour

int day_of_year(sys_days day, std::chrono::year year) { return static_cast<int>((day - sys_days(year / 1 / 1)).count()) + 1; }
int days_of(std::chrono::year year) { return year.is_leap() ? 366 : 365; }

// The first day of the week with number 1: the first with four days in its year (section 3.3.10, as ISO 8601).
sys_days first_week(std::chrono::year year, weekday week_start) {
  const sys_days fourth = sys_days(year / 1 / 4);
  return fourth - (weekday(fourth) - week_start);
}

bool has(const std::vector<int>& all, int number) { return std::ranges::find(all, number) != all.end(); }
// By its number from the beginning, or from the end: -1 is the last.
bool has_position(const std::vector<int>& all, int number, int of) { return has(all, number) || has(all, number - of - 1); }

class Expander {
 public:
  Expander(const RecurrenceRule& rule, const Time& start, const RecurrenceBounds& bounds,
           const std::function<std::int64_t(std::int64_t)>& to_utc)
      : rule_(rule), start_(start), bounds_(bounds), to_utc_(to_utc), start_day_(sys_days(days(floor_day(start.clock)))) {
    fill_from_start();
    fill_times();
  }

  [[nodiscard]] bool is_too_fine() const { return rule_.frequency < Frequency::daily || times_.size() > most_times || rule_.is_scaled; }

  Recurrence run() {
    for (sys_days period = first_period(); !is_over_; period = after(period)) {
      if (clock_of(period) > bounds_.last_clock) {
        is_cut_ = true;
        break;
      }
      add_period(period);
    }
    if (is_cut_) found_.rest = rest();
    return std::move(found_);
  }

 private:
  static std::int64_t floor_day(std::int64_t clock) { return clock / day_seconds - (clock % day_seconds < 0 ? 1 : 0); }
  static std::int64_t clock_of(sys_days day) { return day.time_since_epoch().count() * day_seconds; }

  // What the rule does not say comes from the start.
  void fill_from_start() {
    const year_month_day date(start_day_);
    const bool names_days = !rule_.days.empty() || !rule_.month_days.empty() || !rule_.year_days.empty();
    if (names_days || rule_.frequency == Frequency::daily) return;
    if (rule_.frequency == Frequency::weekly || !rule_.weeks.empty()) {
      rule_.days.push_back({0, weekday(start_day_)});
      return;
    }
    rule_.month_days.push_back(static_cast<int>(static_cast<unsigned>(date.day())));
    if (rule_.frequency == Frequency::yearly && rule_.months.empty()) {
      rule_.months.push_back(static_cast<int>(static_cast<unsigned>(date.month())));
    }
  }

  void fill_times() {
    const auto seconds = static_cast<int>(start_.clock - floor_day(start_.clock) * day_seconds);
    const auto own = [](const std::vector<int>& told, int of_start) { return told.empty() ? std::vector<int>{of_start} : told; };
    if (start_.form == TimeForm::date) {
      times_ = {0};
      return;
    }
    for (const int hour : own(rule_.hours, seconds / 3600)) {
      for (const int minute : own(rule_.minutes, seconds / 60 % 60)) {
        for (const int second : own(rule_.seconds, seconds % 60)) times_.push_back(hour * 3600 + minute * 60 + std::min(second, 59));
      }
    }
    std::ranges::sort(times_);
    times_.erase(std::ranges::unique(times_).begin(), times_.end());
  }

  [[nodiscard]] sys_days first_period() const {
    const year_month_day date(start_day_);
    switch (rule_.frequency) {
      case Frequency::yearly: return sys_days(date.year() / 1 / 1);
      case Frequency::monthly: return sys_days(date.year() / date.month() / 1);
      case Frequency::weekly: return start_day_ - (weekday(start_day_) - rule_.week_start);
      default: return start_day_;
    }
  }

  [[nodiscard]] sys_days after(sys_days period, int count) const {
    const year_month_day date(period);
    switch (rule_.frequency) {
      case Frequency::yearly: return sys_days((date.year() + std::chrono::years(std::min(count, 10'000))) / 1 / 1);
      case Frequency::monthly: return sys_days(date.year() / date.month() / 1 + std::chrono::months(std::min(count, 100'000)));
      case Frequency::weekly: return period + days(7) * count;
      default: return period + days(count);
    }
  }
  [[nodiscard]] sys_days after(sys_days period) const { return after(period, rule_.interval); }

  void add_period(sys_days begin) {
    const sys_days end = after(begin, 1);
    std::vector<std::int64_t> set;
    for (sys_days day = begin; day < end; day += days(1)) {
      if (const auto next_month = skipped_to(day)) {
        day = *next_month - days(1);
        continue;
      }
      if (!is_chosen(day)) continue;
      for (const int time : times_) set.push_back(clock_of(day) + time);
      if (rule_.positions.empty()) {
        take(set);
        set.clear();
        if (is_over_) return;
      }
    }
    take(chosen_positions(set));
  }

  // Months that the rule does not name are passed over at once.
  [[nodiscard]] std::optional<sys_days> skipped_to(sys_days day) const {
    const year_month_day date(day);
    if (rule_.months.empty() || has(rule_.months, static_cast<int>(static_cast<unsigned>(date.month())))) return std::nullopt;
    return sys_days(date.year() / date.month() / 1 + std::chrono::months(1));
  }

  [[nodiscard]] bool is_chosen(sys_days day) const {
    const year_month_day date(day);
    const int of_month = static_cast<int>(static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()));
    const int in_month = static_cast<int>(static_cast<unsigned>(date.day()));
    if (!rule_.month_days.empty() && !has_position(rule_.month_days, in_month, of_month)) return false;
    if (!rule_.year_days.empty() && !has_position(rule_.year_days, day_of_year(day, date.year()), days_of(date.year()))) return false;
    if (!rule_.weeks.empty() && !is_in_week(day)) return false;
    return rule_.days.empty() ||
           std::ranges::any_of(rule_.days, [&](const RuleDay& each) { return is_that(each, day, in_month, of_month); });
  }

  // Days at the turn of a year may be in a week of the other one.
  [[nodiscard]] bool is_in_week(sys_days day) const {
    std::chrono::year year = year_month_day(day).year();
    if (day < first_week(year, rule_.week_start)) {
      --year;
    } else if (day >= first_week(year + std::chrono::years(1), rule_.week_start)) {
      ++year;
    }
    const sys_days first = first_week(year, rule_.week_start);
    const auto weeks = static_cast<int>((first_week(year + std::chrono::years(1), rule_.week_start) - first).count() / 7);
    return has_position(rule_.weeks, static_cast<int>((day - first).count() / 7) + 1, weeks);
  }

  [[nodiscard]] bool is_that(const RuleDay& wanted, sys_days day, int in_month, int of_month) const {
    if (weekday(day) != wanted.weekday) return false;
    if (wanted.ordinal == 0 || rule_.frequency < Frequency::monthly) return true;
    const bool counts_in_year = rule_.frequency == Frequency::yearly && rule_.months.empty();
    const std::chrono::year year = year_month_day(day).year();
    const int number = counts_in_year ? day_of_year(day, year) : in_month;
    const int of = counts_in_year ? days_of(year) : of_month;
    return wanted.ordinal > 0 ? (number - 1) / 7 + 1 == wanted.ordinal : -((of - number) / 7 + 1) == wanted.ordinal;
  }

  [[nodiscard]] std::vector<std::int64_t> chosen_positions(const std::vector<std::int64_t>& set) const {
    std::vector<std::int64_t> chosen;
    const auto size = static_cast<int>(set.size());
    for (int i = 0; i < size; ++i) {
      if (has_position(rule_.positions, i + 1, size)) chosen.push_back(set[static_cast<std::size_t>(i)]);
    }
    return chosen;
  }

  void take(const std::vector<std::int64_t>& clocks) {
    for (const std::int64_t clock : clocks) {
      if (clock < start_.clock) continue;
      if ((rule_.count && taken_ >= *rule_.count) || (rule_.until && is_behind(*rule_.until, clock))) {
        is_over_ = true;
        return;
      }
      if (clock > bounds_.last_clock || found_.clocks.size() == bounds_.instances) {
        is_cut_ = is_over_ = true;
        return;
      }
      found_.clocks.push_back(clock);
      ++taken_;
    }
    is_over_ = is_over_ || (rule_.count && taken_ >= *rule_.count);
  }

  // UNTIL is included. A date ends a rule of times with the end of that day.
  [[nodiscard]] bool is_behind(const Time& until, std::int64_t clock) const {
    if (until.form == TimeForm::date) return clock >= until.clock + day_seconds;
    if (start_.form == TimeForm::date) return clock > until.clock;
    return (until.form == TimeForm::utc ? to_utc_(clock) : clock) > until.clock;
  }

  [[nodiscard]] std::string rest() const {
    const bool has_all_in_time = found_.clocks.size() < bounds_.instances;
    if (rule_.until && has_all_in_time && is_behind(*rule_.until, bounds_.last_clock + 1)) return {};
    if (rule_.until) return "until " + text_of(*rule_.until);
    return rule_.count ? "COUNT=" + std::to_string(*rule_.count) : "for ever";
  }

  RecurrenceRule rule_;
  const Time& start_;
  const RecurrenceBounds& bounds_;
  const std::function<std::int64_t(std::int64_t)>& to_utc_;
  sys_days start_day_;
  std::vector<int> times_;  // seconds of a day
  Recurrence found_;
  std::uint64_t taken_ = 0;
  bool is_over_ = false, is_cut_ = false;
};

}  // namespace

Result<Recurrence> expand(std::string_view rule, const Time& start, const RecurrenceBounds& bounds,
                          const std::function<std::int64_t(std::int64_t)>& to_utc) {
  GODWIT_TRY(const RecurrenceRule parsed, parse_rule(rule));
  Expander expander(parsed, start, bounds, to_utc);
  if (!expander.is_too_fine()) return expander.run();
  Recurrence found;
  found.rule = parsed.text + (parsed.until ? " until " + text_of(*parsed.until) : "");
  return found;
}

}  // namespace godwit::groupware
