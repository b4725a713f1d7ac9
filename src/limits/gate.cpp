// SPDX-License-Identifier: Apache-2.0
#include "limits/gate.h"

#include <algorithm>

namespace godwit::limits {
namespace {

// For how long an open gate is believed to be open: so late a window may close.
constexpr auto believed = std::chrono::seconds(1);

}  // namespace

Obstruction Gate::obstruction(TimePoint now, WallTime wall) {
  const auto at = [&](WallTime time) { return now + std::chrono::duration_cast<TimePoint::duration>(time - wall); };
  if (is_paused_) return {Obstacle::paused};
  if (const auto opening = windows_.next_opening(wall)) return {Obstacle::window, at(*opening)};
  if (const auto midnight = budget_.used_up_until(wall)) return {Obstacle::day_budget, at(*midnight)};
  if (now < back_off_until_) return {Obstacle::back_off, back_off_until_};
  return {};
}

Obstruction Gate::look(TimePoint now, WallTime wall) {
  if (is_surely_open(now)) return {};
  const Obstruction found = obstruction(now, wall);
  if (!found) open_until_.store((now + believed).time_since_epoch().count(), std::memory_order_relaxed);
  return found;
}

void Gate::pause(bool is_paused) {
  is_paused_ = is_paused;
  doubt();
}

void Gate::back_off_until(TimePoint time) {
  back_off_until_ = std::max(back_off_until_, time);
  doubt();
}

void Gate::preset_day_use(DayUse use, WallTime wall) {
  budget_.preset(use, wall);
  doubt();
}

}  // namespace godwit::limits
