// SPDX-License-Identifier: Apache-2.0
// Days and weeks as people at this machine have them (the local time zone, with its summer time).
#pragma once

#include <chrono>
#include <cstdint>

#include "limits/clock.h"

namespace godwit::limits {

// The local calendar date as a count of days; consecutive dates have consecutive numbers.
[[nodiscard]] std::int64_t local_day(WallTime time);

// The first instant of the next local date.
[[nodiscard]] WallTime next_midnight(WallTime time);

// Since Monday 00:00 by the clock on the wall.
[[nodiscard]] std::chrono::minutes minute_of_week(WallTime time);

// When the clock on the wall shows `minute` of the week for the next time, after `time`. A time that a change to summer time leaves
// out is moved by that change.
[[nodiscard]] WallTime next_at(WallTime time, std::chrono::minutes minute);

}  // namespace godwit::limits
