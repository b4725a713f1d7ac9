// SPDX-License-Identifier: Apache-2.0
#include "groupware/recurrence_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_rule = 4096;  // bytes
constexpr std::array frequencies{"SECONDLY"sv, "MINUTELY"sv, "HOURLY"sv, "DAILY"sv, "WEEKLY"sv, "MONTHLY"sv, "YEARLY"sv};
constexpr std::array weekdays{"SU"sv, "MO"sv, "TU"sv, "WE"sv, "TH"sv, "FR"sv, "SA"sv};

struct NumberPart {
  std::string_view name;
  int least, most;
  bool may_be_negative;
  std::vector<int> RecurrenceRule::* where;
};
constexpr std::array number_parts{NumberPart{"BYSECOND", 0, 60, false, &RecurrenceRule::seconds},
                                  NumberPart{"BYMINUTE", 0, 59, false, &RecurrenceRule::minutes},
                                  NumberPart{"BYHOUR", 0, 23, false, &RecurrenceRule::hours},
                                  NumberPart{"BYMONTHDAY", 1, 31, true, &RecurrenceRule::month_days},
                                  NumberPart{"BYYEARDAY", 1, 366, true, &RecurrenceRule::year_days},
                                  NumberPart{"BYWEEKNO", 1, 53, true, &RecurrenceRule::weeks},
                                  NumberPart{"BYMONTH", 1, 13, false, &RecurrenceRule::months},
                                  NumberPart{"BYSETPOS", 1, 366, true, &RecurrenceRule::positions}};

std::optional<int> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::chrono::weekday> parse_weekday(std::string_view text) {
  const auto found = std::ranges::find(weekdays, text);
  if (found == weekdays.end()) return std::nullopt;
  return std::chrono::weekday(static_cast<unsigned>(found - weekdays.begin()));
}

bool take_numbers(const NumberPart& part, std::string_view value, RecurrenceRule& rule) {
  for (const std::string_view each : split(value, ',')) {
    const auto number = parse_integer(each);
    if (!number) return false;
    const int size = part.may_be_negative && *number < 0 ? -*number : *number;
    if (size < part.least || size > part.most) return false;
    (rule.*part.where).push_back(*number);
  }
  return true;
}

bool take_days(std::string_view value, RecurrenceRule& rule) {
  for (std::string_view each : split(value, ',')) {
    if (each.size() < 2) return false;
    const auto weekday = parse_weekday(each.substr(each.size() - 2));
    each.remove_suffix(2);
    const auto ordinal = each.empty() ? std::optional<int>(0) : parse_integer(each);
    if (!weekday || !ordinal || *ordinal < -53 || *ordinal > 53) return false;
    rule.days.push_back({*ordinal, *weekday});
  }
  return true;
}

bool take_frequency(std::string_view value, RecurrenceRule& rule) {
  const auto found = std::ranges::find(frequencies, value);
  if (found == frequencies.end()) return false;
  rule.frequency = static_cast<Frequency>(found - frequencies.begin());
  return true;
}

bool take_interval(std::string_view value, RecurrenceRule& rule) {
  const auto interval = parse_integer(value);
  if (!interval || *interval < 1) return false;
  rule.interval = std::min(*interval, 1'000'000);
  return true;
}

// Whether the part is understood.
bool take_part(std::string_view name, std::string_view value, RecurrenceRule& rule) {
  if (name == "FREQ") return take_frequency(value, rule);
  if (name == "INTERVAL") return take_interval(value, rule);
  if (name == "COUNT") return (rule.count = parse_number<std::uint64_t>(value)).has_value();
  if (name == "UNTIL") return (rule.until = parse_time(value)).has_value();
  if (name == "BYDAY") return take_days(value, rule);
  if (name == "RSCALE" || name == "SKIP") {
    rule.is_scaled = rule.is_scaled || (value != "GREGORIAN" && value != "OMIT");
    return true;
  }
  if (name == "WKST") {
    const auto weekday = parse_weekday(value);
    rule.week_start = weekday.value_or(rule.week_start);
    return weekday.has_value();
  }
  if (name == "BYMONTH" && value.contains('L')) return rule.is_scaled = true;
  const auto found = std::ranges::find(number_parts, name, &NumberPart::name);
  return found != number_parts.end() && take_numbers(*found, value, rule);
}

bool is_default(std::string_view part) {
  return part == "INTERVAL=1" || part == "WKST=MO" || part == "RSCALE=GREGORIAN" || part == "SKIP=OMIT";
}

}  // namespace

Result<RecurrenceRule> parse_rule(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(codes::item_not_valid, fmt::format("\"{}\" is no recurrence rule: {}", printable(text.substr(0, 80)), why));
  };
  if (text.size() > longest_rule) return refuse(fmt::format("it has more than {} bytes", longest_rule));
  const std::string capital = to_upper(text);
  RecurrenceRule rule;
  std::vector<std::string_view> kept;
  bool has_frequency = false;
  for (const std::string_view part : split(capital, ';')) {
    if (part.empty()) continue;  // a semicolon at the end
    const std::string_view name = part.substr(0, part.find('='));
    const std::string_view value = part.substr(std::min(name.size() + 1, part.size()));
    has_frequency = has_frequency || name == "FREQ";
    if (!take_part(name, value, rule)) return refuse(fmt::format("{} cannot be understood", printable(part.substr(0, 40))));
    if (name != "UNTIL" && !is_default(part)) kept.push_back(part);
  }
  if (!has_frequency) return refuse("FREQ is missing");
  if (!rule.is_scaled && std::ranges::find(rule.months, 13) != rule.months.end()) return refuse("a year has twelve months");
  std::ranges::sort(kept);
  rule.text = fmt::format("{}", fmt::join(kept, ";"));
  return rule;
}

}  // namespace godwit::groupware
