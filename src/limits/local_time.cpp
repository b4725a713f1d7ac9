// SPDX-License-Identifier: Apache-2.0
#include "limits/local_time.h"

#include <ctime>

namespace godwit::limits {
namespace {

constexpr int minutes_of_day = 24 * 60;

std::tm civil(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

// `parts` may be out of range: the 32nd of January is the 1st of February.
WallTime instant(std::tm parts) {
  parts.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&parts));
}

int days_since_monday(const std::tm& parts) { return (parts.tm_wday + 6) % 7; }

}  // namespace

std::int64_t local_day(WallTime time) {
  const std::tm parts = civil(time);
  const std::chrono::year_month_day date{std::chrono::year(parts.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

WallTime next_midnight(WallTime time) {
  std::tm parts = civil(time);
  ++parts.tm_mday;
  parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
  return instant(parts);
}

std::chrono::minutes minute_of_week(WallTime time) {
  const std::tm parts = civil(time);
  return std::chrono::days(days_since_monday(parts)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min);
}

WallTime next_at(WallTime time, std::chrono::minutes minute) {
  std::tm parts = civil(time);
  parts.tm_mday -= days_since_monday(parts);
  parts.tm_hour = parts.tm_sec = 0;
  parts.tm_min = static_cast<int>(minute.count());
  parts.tm_mday += parts.tm_min / minutes_of_day;
  parts.tm_min %= minutes_of_day;
  if (const WallTime this_week = instant(parts); this_week > time) return this_week;
  parts.tm_mday += 7;
  return instant(parts);
}

}  // namespace godwit::limits
