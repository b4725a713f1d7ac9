// SPDX-License-Identifier: Apache-2.0
// Days and weeks as people have them: in this machine's time zone or in another, with its summer time.
#pragma once

#include <cctz/time_zone.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "limits/clock.h"

namespace godwit::limits {

// Where the clock on the wall hangs. A small value; any thread may use it.
class Zone {
 public:
  Zone() = default;  // this machine's own: TZ, or else /etc/localtime
  // As tzdata calls it: "Europe/Berlin"; empty: this machine's own. Error of kind usage: this machine knows none of that name.
  [[nodiscard]] static Result<Zone> of(const std::string& name);

 private:
  friend struct WallClock;
  std::optional<cctz::time_zone> zone_;
};

// The calendar date there as a count of days; consecutive dates have consecutive numbers.
[[nodiscard]] std::int64_t local_day(WallTime time, const Zone& zone = {});

// The first instant of the next date there.
[[nodiscard]] WallTime next_midnight(WallTime time, const Zone& zone = {});

// Since Monday 00:00 by the clock on the wall.
[[nodiscard]] std::chrono::minutes minute_of_week(WallTime time, const Zone& zone = {});

// When the clock on the wall shows `minute` of the week for the next time, after `time`. A time that a change to summer time leaves
// out is that change; in the machine's own zone it is moved by it.
[[nodiscard]] WallTime next_at(WallTime time, std::chrono::minutes minute, const Zone& zone = {});

}  // namespace godwit::limits
