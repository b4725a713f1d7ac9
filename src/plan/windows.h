// SPDX-License-Identifier: Apache-2.0
// When something may run: windows that come back every week.
#pragma once

#include <bitset>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::plan {

// Opens on each of `days`, at `begin`, and closes at `end`, both after the midnight with which that day begins. A window that
// goes over midnight ends after 24 h: "Fri 22:00-06:00" is open until Saturday, 06:00.
struct WeeklyWindow {
  std::bitset<7> days;  // 0 is Monday
  std::chrono::minutes begin{};  // 0 to 23:59
  std::chrono::minutes end{};    // later than begin, by 24 h at most
  friend bool operator==(const WeeklyWindow&, const WeeklyWindow&) = default;
};

struct WeeklyWindows {
  std::vector<WeeklyWindow> windows;  // none: always open
  std::string time_zone;              // "Europe/Berlin"; empty: the machine's own
  friend bool operator==(const WeeklyWindows&, const WeeklyWindows&) = default;
};

// "Mon-Fri 22:00-06:00", "Sat,Sun 00:00-24:00", "Sat-Sun" (whole days), "22:00-06:00" (daily). Errors of kind usage.
[[nodiscard]] Result<WeeklyWindow> parse_window(std::string_view text);

// Whether this machine's time zone data (tzdata) have such a zone. The error says what to write.
[[nodiscard]] Result<> check_time_zone(std::string_view name);

}  // namespace godwit::plan
