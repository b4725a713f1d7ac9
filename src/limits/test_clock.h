// SPDX-License-Identifier: Apache-2.0
// A clock that tests turn by hand; whoever waits looks at it all the time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "limits/clock.h"

namespace godwit::limits::test {

class TestClock {
 public:
  explicit TestClock(WallTime start = WallTime(std::chrono::hours(24 * 365 * 50))) : start_(start) {}
  void advance(std::chrono::nanoseconds time) { passed_ += time.count(); }
  [[nodiscard]] TimePoint now() const { return TimePoint(std::chrono::hours(1000) + std::chrono::nanoseconds(passed_.load())); }
  [[nodiscard]] WallTime wall() const {
    return start_ + std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(passed_.load()));
  }
  [[nodiscard]] Clock clock() const {
    return {[this] { return now(); }, [this] { return wall(); }, std::chrono::microseconds(50)};
  }

 private:
  WallTime start_;
  std::atomic<std::int64_t> passed_{0};
};

// Central Europe: UTC+1, in summer +2, from 31 March 2024 02:00 to 27 October 2024 03:00 local time.
inline constexpr const char* central_europe = "CET-1CEST,M3.5.0,M10.5.0/3";

// The machine's time zone, for as long as this lives.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    if (const char* const before = std::getenv("TZ")) before_ = before;
    set(name);
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() { set(before_.empty() ? nullptr : before_.c_str()); }

 private:
  static void set(const char* name) {
    static_cast<void>(name != nullptr ? ::setenv("TZ", name, 1) : ::unsetenv("TZ"));
    ::tzset();
  }
  std::string before_;
};

// An instant as UTC: at(2024, 3, 31, 0, 30).
inline WallTime at(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
  const std::chrono::sys_days date{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)};
  return date + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace godwit::limits::test
