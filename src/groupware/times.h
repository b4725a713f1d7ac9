// SPDX-License-Identifier: Apache-2.0
// Dates, times and durations of iCalendar (RFC 5545 sections 3.3.4 to 3.3.6). A clock is what a wall clock shows, in seconds since
// 1970-01-01T00:00:00 of that clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::groupware {

enum class TimeForm : std::uint8_t { date, local, utc };

struct Time {
  TimeForm form = TimeForm::date;
  std::int64_t clock = 0;
  friend auto operator<=>(const Time&, const Time&) = default;
};

// "20240501", "20240501T090000", "20240501T090000Z"; nothing: it is none of them, or there is no such day.
[[nodiscard]] std::optional<Time> parse_time(std::string_view value);
// "2024-05-01", "2024-05-01T09:00:00", "2024-05-01T09:00:00Z"
[[nodiscard]] std::string text_of(const Time& time);

// Days follow the calendar, seconds the time that passes: they differ where clocks are changed.
struct Duration {
  std::int64_t days = 0, seconds = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};
// "P1DT2H", "-PT15M", "P2W"; nothing: it is none.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view value);
[[nodiscard]] std::string text_of(const Duration& duration);  // "1 d 7200 s", "-900 s", "0 s"

// "+0100", "-033045" in seconds.
[[nodiscard]] std::optional<std::int64_t> parse_offset(std::string_view value);

}  // namespace godwit::groupware
