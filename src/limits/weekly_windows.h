// SPDX-License-Identifier: Apache-2.0
// The hours in which something may be worked on, the same every week by the clock on the wall of a time zone.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/error.h"
#include "limits/clock.h"
#include "limits/local_time.h"

namespace godwit::limits {

inline constexpr std::chrono::minutes whole_week = std::chrono::days(7);

// Both since Monday 00:00. An end that is not after the begin is in the week after: Sunday 22:00 to Monday 06:00 goes over the
// end of the week, and two equal times are a whole week.
struct WeeklyWindow {
  std::chrono::minutes begin{}, end{};
};

class WeeklyWindows {
 public:
  WeeklyWindows() = default;  // always open
  // Error of kind usage: a time that is not within the week.
  [[nodiscard]] static Result<WeeklyWindows> of(std::vector<WeeklyWindow> windows, Zone zone = {});

  [[nodiscard]] bool is_open(WallTime time) const;
  // When one opens that is not open now; nothing while one is open.
  [[nodiscard]] std::optional<WallTime> next_opening(WallTime time) const;

 private:
  std::vector<WeeklyWindow> windows_;  // empty: always open
  Zone zone_;
};

}  // namespace godwit::limits
