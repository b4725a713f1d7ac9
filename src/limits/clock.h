// SPDX-License-Identifier: Apache-2.0
// What time it is, so that tests need not wait for it.
#pragma once

#include <chrono>
#include <functional>

namespace godwit::limits {

using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

struct Clock {
  std::function<TimePoint()> now = [] { return std::chrono::steady_clock::now(); };
  std::function<WallTime()> wall = [] { return std::chrono::system_clock::now(); };  // for days and windows
  // Whoever waits looks at the clock and at its stop flag again after so long at most.
  std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(400);
};

}  // namespace godwit::limits
