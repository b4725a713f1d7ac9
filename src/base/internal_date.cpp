// SPDX-License-Identifier: Apache-2.0
#include "base/internal_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "base/text.h"

namespace godwit {
namespace {

using std::chrono::days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view shape = "dd-mmm-yyyy hh:mm:ss +hhmm";  // letters and the sign stand for what varies
constexpr std::int64_t zone_span = 4096;  // more than the minutes of two days, so that a zone fits on either side of its middle

bool has_shape(std::string_view text) {
  return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char wanted) {
           return wanted == '+' ? c == '+' || c == '-' : (wanted >= 'a' && wanted <= 'z') || c == wanted;
         });
}

// A number of the text's own width, at most `highest`.
std::optional<unsigned> number(std::string_view text, unsigned highest) {
  const auto value = parse_number<unsigned>(text);
  return value && *value <= highest ? value : std::nullopt;
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  const auto day = number(text.substr(text.front() == ' ' ? 1 : 0, text.front() == ' ' ? 1 : 2), 31);
  const auto month = std::ranges::find_if(months, [&](std::string_view name) {
    return equals_ignoring_case(name, text.substr(3, 3));
  });
  const auto year = number(text.substr(7, 4), 9999);
  if (!day || month == months.end() || !year) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

struct Local {  // what a clock in the date's zone shows
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
};

Local local(const InternalDate& date) {
  const sys_seconds shown(std::chrono::seconds(date.seconds + std::int64_t{date.zone_minutes} * 60));
  const auto day = std::chrono::floor<days>(shown);
  return {day, std::chrono::hh_mm_ss(shown - day)};
}

std::string clock_text(const Local& shown) {
  return fmt::format("{:02}:{:02}:{:02}", shown.time.hours().count(), shown.time.minutes().count(),
                     shown.time.seconds().count());
}

std::string zone_text(int minutes, std::string_view separator) {
  return fmt::format("{}{:02}{}{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, separator, std::abs(minutes) % 60);
}

}  // namespace

InternalDate InternalDate::now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::seconds>(since_1970).count(), 0};
}

std::optional<InternalDate> InternalDate::parse(std::string_view text) {
  if (!has_shape(text)) return std::nullopt;
  const auto day = parse_day(text);
  const auto hour = number(text.substr(12, 2), 23), minute = number(text.substr(15, 2), 59);
  const auto second = number(text.substr(18, 2), 60);
  const auto zone_hour = number(text.substr(22, 2), 23), zone_minute = number(text.substr(24, 2), 59);
  if (!day || !hour || !minute || !second || !zone_hour || !zone_minute) return std::nullopt;
  const int east = static_cast<int>(*zone_hour * 60 + *zone_minute) * (text[21] == '-' ? -1 : 1);
  const std::int64_t shown = sys_seconds(*day).time_since_epoch().count() + *hour * 3600 + *minute * 60 + *second;
  return InternalDate{shown - std::int64_t{east} * 60, static_cast<std::int16_t>(east)};
}

std::string InternalDate::to_string() const {
  const Local shown = local(*this);
  return fmt::format("{:02}-{}-{:04} {} {}", unsigned{shown.date.day()}, months[unsigned{shown.date.month()} - 1],
                     int{shown.date.year()}, clock_text(shown), zone_text(zone_minutes, ""));
}

std::string InternalDate::to_rfc3339() const {
  const Local shown = local(*this);
  return fmt::format("{:04}-{:02}-{:02}T{}{}", int{shown.date.year()}, unsigned{shown.date.month()},
                     unsigned{shown.date.day()}, clock_text(shown), zone_text(zone_minutes, ":"));
}

std::int64_t InternalDate::packed() const { return seconds * zone_span + zone_span / 2 + zone_minutes; }

InternalDate InternalDate::from_packed(std::int64_t packed) {
  const std::int64_t zone = packed & (zone_span - 1);
  return {(packed - zone) / zone_span, static_cast<std::int16_t>(zone - zone_span / 2)};
}

}  // namespace godwit
