// SPDX-License-Identifier: Apache-2.0
#include "groupware/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace godwit::groupware {
namespace {

constexpr std::int64_t day = 86400;

// Exactly `count` digits at the beginning, which are taken away.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

std::optional<std::int64_t> take_day(std::string_view& text) {
  const auto year = take_digits(text, 4);
  const auto month = take_digits(text, 2);
  const auto day_of_month = take_digits(text, 2);
  if (!year || !month || !day_of_month) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day_of_month))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * day;
}

// A second 60 is the one before it, as for systems that know no leap seconds (section 3.3.5).
std::optional<std::int64_t> take_clock(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  const auto minutes = take_digits(text, 2);
  const auto seconds = take_digits(text, 2);
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return *hours * 3600 + *minutes * 60 + std::min<std::int64_t>(*seconds, 59);
}

// A number and the unit behind it.
bool take_part(std::string_view& text, char unit, std::int64_t& number) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  constexpr std::size_t most_digits = 9;
  if (digits == 0 || digits > most_digits || digits == text.size() || text[digits] != unit) return false;
  number = *take_digits(text, digits);
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Time> parse_time(std::string_view value) {
  const auto date = take_day(value);
  if (!date) return std::nullopt;
  if (value.empty()) return Time{TimeForm::date, *date};
  if (!value.starts_with('T')) return std::nullopt;
  value.remove_prefix(1);
  const auto clock = take_clock(value);
  if (!clock || (!value.empty() && value != "Z")) return std::nullopt;
  return Time{value.empty() ? TimeForm::local : TimeForm::utc, *date + *clock};
}

std::string text_of(const Time& time) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(time.clock)};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(midnight);
  std::string text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()));
  if (time.form == TimeForm::date) return text;
  const std::int64_t seconds = (moment - midnight).count();
  text += fmt::format("T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return time.form == TimeForm::utc ? text + 'Z' : text;
}

std::optional<Duration> parse_duration(std::string_view value) {
  const std::int64_t sign = value.starts_with('-') ? -1 : 1;
  if (value.starts_with('-') || value.starts_with('+')) value.remove_prefix(1);
  if (!value.starts_with('P')) return std::nullopt;
  value.remove_prefix(1);
  std::int64_t weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0;
  bool has_part = take_part(value, 'W', weeks);
  if (take_part(value, 'D', days)) has_part = true;
  if (value.starts_with('T')) {
    value.remove_prefix(1);
    if (take_part(value, 'H', hours)) has_part = true;
    if (take_part(value, 'M', minutes)) has_part = true;
    if (take_part(value, 'S', seconds)) has_part = true;
  }
  if (!has_part || !value.empty()) return std::nullopt;
  return Duration{sign * (weeks * 7 + days), sign * (hours * 3600 + minutes * 60 + seconds)};
}

std::string text_of(const Duration& duration) {
  if (duration.days == 0) return fmt::format("{} s", duration.seconds);
  return duration.seconds == 0 ? fmt::format("{} d", duration.days) : fmt::format("{} d {} s", duration.days, duration.seconds);
}

std::optional<std::int64_t> parse_offset(std::string_view value) {
  const std::int64_t sign = value.starts_with('-') ? -1 : 1;
  if (!value.starts_with('-') && !value.starts_with('+')) return std::nullopt;
  value.remove_prefix(1);
  const auto hours = take_digits(value, 2);
  const auto minutes = take_digits(value, 2);
  const auto seconds = value.empty() ? std::optional<std::int64_t>(0) : take_digits(value, 2);
  if (!hours || !minutes || !seconds || !value.empty() || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60 + *seconds);
}

}  // namespace godwit::groupware
