// SPDX-License-Identifier: Apache-2.0
#include "limits/local_time.h"

#include <fmt/format.h>

#include <ctime>

#include "base/text.h"

namespace godwit::limits {

// Instants and what the clock shows then, as std::tm.
struct WallClock {
  static std::tm civil(WallTime time, const Zone& zone) {
    if (zone.zone_) return civil(time, *zone.zone_);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
  }
  // `parts` may be out of range: the 32nd of January is the 1st of February.
  static WallTime instant(std::tm parts, const Zone& zone) {
    if (zone.zone_) return instant(parts, *zone.zone_);
    parts.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&parts));
  }

 private:
  static std::tm civil(WallTime time, const cctz::time_zone& zone) {
    const cctz::civil_second shown = cctz::convert(time, zone);
    std::tm parts{};
    parts.tm_year = static_cast<int>(shown.year() - 1900);
    parts.tm_mon = shown.month() - 1;
    parts.tm_mday = shown.day();
    parts.tm_hour = shown.hour();
    parts.tm_min = shown.minute();
    parts.tm_sec = shown.second();
    parts.tm_wday = (static_cast<int>(cctz::get_weekday(cctz::civil_day(shown))) + 1) % 7;  // cctz begins on Monday, std::tm on Sunday
    return parts;
  }
  static WallTime instant(const std::tm& parts, const cctz::time_zone& zone) {
    const cctz::civil_second shown(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return cctz::convert(shown, zone);
  }
};

namespace {

constexpr int minutes_of_day = 24 * 60;

int days_since_monday(const std::tm& parts) { return (parts.tm_wday + 6) % 7; }

}  // namespace

Result<Zone> Zone::of(const std::string& name) {
  Zone zone;
  if (name.empty()) return zone;
  // What cctz would take for a file anywhere, or for a zone of its own making.
  const bool is_name = !name.starts_with('/') && name.find("..") == std::string::npos && name.find(':') == std::string::npos;
  if (is_name && cctz::load_time_zone(name, &zone.zone_.emplace())) return zone;
  return fail(ErrorKind::usage, fmt::format("this machine knows no time zone \"{}\"; write its name as in /usr/share/zoneinfo "
                                            "(package tzdata): \"Europe/Berlin\", \"UTC\"", printable(name)));
}

std::int64_t local_day(WallTime time, const Zone& zone) {
  const std::tm parts = WallClock::civil(time, zone);
  const std::chrono::year_month_day date{std::chrono::year(parts.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

WallTime next_midnight(WallTime time, const Zone& zone) {
  std::tm parts = WallClock::civil(time, zone);
  ++parts.tm_mday;
  parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
  return WallClock::instant(parts, zone);
}

std::chrono::minutes minute_of_week(WallTime time, const Zone& zone) {
  const std::tm parts = WallClock::civil(time, zone);
  return std::chrono::days(days_since_monday(parts)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min);
}

WallTime next_at(WallTime time, std::chrono::minutes minute, const Zone& zone) {
  std::tm parts = WallClock::civil(time, zone);
  parts.tm_mday -= days_since_monday(parts);
  parts.tm_hour = parts.tm_sec = 0;
  parts.tm_min = static_cast<int>(minute.count());
  parts.tm_mday += parts.tm_min / minutes_of_day;
  parts.tm_min %= minutes_of_day;
  if (const WallTime this_week = WallClock::instant(parts, zone); this_week > time) return this_week;
  parts.tm_mday += 7;
  return WallClock::instant(parts, zone);
}

}  // namespace godwit::limits
