// SPDX-License-Identifier: Apache-2.0
// What an operator sets for one server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "limits/breaker.h"
#include "limits/learned_cap.h"
#include "limits/weekly_windows.h"

namespace godwit::limits {

struct HostSettings {
  // 0 is no limit, everywhere. What is moved counts in both directions together, and of messages their bytes alone.
  unsigned connections = 0;
  unsigned connections_per_account = 0;
  std::uint64_t bytes_per_second = 0;
  double messages_per_second = 0;
  std::uint64_t bytes_per_day = 0;
  std::uint64_t bytes_per_day_per_account = 0;
  std::vector<WeeklyWindow> windows;  // outside them nothing new begins; none: always open
  std::string time_zone;              // of the windows, as Zone::of() takes it
  // Count messages and look at pauses and back-off in open sessions, too, where none of the limits above needs it.
  bool meters_traffic = false;

  // An account that has connections, or has reserved them, waits so long for one more before it hears that there is none: it might
  // be waiting for itself.
  std::chrono::nanoseconds patience = std::chrono::seconds(30);
  BreakerSettings breaker;
  LearningSettings learning;
};

}  // namespace godwit::limits
