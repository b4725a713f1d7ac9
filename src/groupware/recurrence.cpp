// SPDX-License-Identifier: Apache-2.0
#include "groupware/recurrence.h"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::groupware {
namespace {

constexpr std::size_t longest_rule = 4096;  // bytes

struct RuleParts {
  std::vector<std::string> parts;  // without UNTIL and what is the default, in capital letters, sorted
  std::optional<Time> until;
  std::string count;  // "COUNT=10"
  bool is_too_fine = false;
};

std::unexpected<Error> rule_error(std::string_view rule) {
  return fail(codes::item_not_valid, fmt::format("\"{}\" is no recurrence rule", printable(rule.substr(0, 80))));
}

bool is_default(std::string_view part) { return part == "INTERVAL=1" || part == "WKST=MO" || part == "RSCALE=GREGORIAN"; }

Result<RuleParts> take_apart(std::string_view rule) {
  RuleParts found;
  for (std::string_view rest = rule; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string part = to_upper(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.starts_with("UNTIL=")) {
      found.until = parse_time(std::string_view(part).substr(6));
      if (!found.until) return rule_error(rule);
      continue;
    }
    if (part.starts_with("COUNT=")) found.count = part;
    if (part == "FREQ=SECONDLY" || part == "FREQ=MINUTELY" || part == "FREQ=HOURLY") found.is_too_fine = true;
    if (!part.empty() && !is_default(part)) found.parts.push_back(std::move(part));
  }
  std::ranges::sort(found.parts);
  return found;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ";") + part;
  return text;
}

icaltimetype ical_time(const Time& time) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(time.clock)};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(midnight);
  const auto seconds = static_cast<int>((moment - midnight).count());
  icaltimetype result = icaltime_null_time();
  result.year = static_cast<int>(date.year());
  result.month = static_cast<int>(static_cast<unsigned>(date.month()));
  result.day = static_cast<int>(static_cast<unsigned>(date.day()));
  result.is_date = time.form == TimeForm::date ? 1 : 0;
  if (time.form != TimeForm::date) {
    result.hour = seconds / 3600;
    result.minute = seconds / 60 % 60;
    result.second = seconds % 60;
  }
  return result;
}

std::int64_t clock_of(const icaltimetype& time) {
  const std::chrono::year_month_day date{std::chrono::year(time.year), std::chrono::month(static_cast<unsigned>(time.month)),
                                         std::chrono::day(static_cast<unsigned>(time.day))};
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400} + time.hour * 3600 + time.minute * 60 + time.second;
}

// Whether an instance lies behind UNTIL, which is included. A date ends a rule of times with the end of that day.
bool is_over(const Time& until, const Time& start, std::int64_t clock, const std::function<std::int64_t(std::int64_t)>& to_utc) {
  constexpr std::int64_t day = 86400;
  if (until.form == TimeForm::date) return clock >= until.clock + day;
  if (start.form == TimeForm::date) return clock > until.clock;
  return (until.form == TimeForm::utc ? to_utc(clock) : clock) > until.clock;
}

std::string rest_of(const RuleParts& parts) {
  if (parts.until) return "until " + text_of(*parts.until);
  return parts.count.empty() ? "for ever" : parts.count;
}

}  // namespace

Result<Recurrence> expand(std::string_view rule, const Time& start, const RecurrenceBounds& bounds,
                          const std::function<std::int64_t(std::int64_t)>& to_utc) {
  if (rule.size() > longest_rule) return rule_error(rule);
  GODWIT_TRY(const RuleParts parts, take_apart(rule));
  const std::string text = joined(parts.parts);
  const icalrecurrencetype type = icalrecurrencetype_from_string(text.c_str());
  if (type.freq == ICAL_NO_RECURRENCE || type.interval < 1) return rule_error(rule);
  Recurrence found;
  // Of a rule that never comes true, each hour may be tried for centuries: such rules libical is not given.
  const std::unique_ptr<icalrecur_iterator, decltype(&icalrecur_iterator_free)> iterator(
      parts.is_too_fine ? nullptr : icalrecur_iterator_new(type, ical_time(start)), &icalrecur_iterator_free);
  if (!iterator) {
    found.rule = text + (parts.until ? " until " + text_of(*parts.until) : "");
    return found;
  }
  while (true) {
    const icaltimetype next = icalrecur_iterator_next(iterator.get());
    if (icaltime_is_null_time(next) != 0) break;
    const std::int64_t clock = clock_of(next);
    if (parts.until && is_over(*parts.until, start, clock, to_utc)) break;
    if (clock > bounds.last_clock || found.clocks.size() == bounds.instances) {
      found.rest = rest_of(parts);
      break;
    }
    found.clocks.push_back(clock);
  }
  return found;
}

}  // namespace godwit::groupware
