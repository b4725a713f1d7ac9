// SPDX-License-Identifier: Apache-2.0
// What stops everything at one server at once: the operator's pause, closed windows, a day's budget that is used up, and a time
// that the server itself has stated. Each look is cheap while the gate is open; all calls but those of `const noexcept` need a lock.
#pragma once

#include <atomic>
#include <optional>

#include "limits/clock.h"
#include "limits/day_budget.h"
#include "limits/obstacle.h"
#include "limits/weekly_windows.h"

namespace godwit::limits {

class Gate {
 public:
  Gate(WeeklyWindows windows, std::uint64_t bytes_per_day) : windows_(std::move(windows)), budget_(bytes_per_day) {}

  // True: open, for sure. False: look() knows.
  [[nodiscard]] bool is_surely_open(TimePoint now) const noexcept {
    return now.time_since_epoch().count() < open_until_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] Obstruction look(TimePoint now, WallTime wall);

  void pause(bool is_paused);
  [[nodiscard]] bool is_paused() const { return is_paused_; }
  void back_off_until(TimePoint time);  // what was stated before and ends later still holds
  [[nodiscard]] TimePoint backs_off_until() const { return back_off_until_; }
  [[nodiscard]] const WeeklyWindows& windows() const { return windows_; }

  // Without a lock.
  void add_bytes(std::uint64_t bytes) noexcept {
    if (budget_.add(bytes)) doubt();
  }
  [[nodiscard]] DayUse day_use(WallTime wall) { return budget_.use(wall); }
  void preset_day_use(DayUse use, WallTime wall);

 private:
  void doubt() noexcept { open_until_.store(never, std::memory_order_relaxed); }
  [[nodiscard]] Obstruction obstruction(TimePoint now, WallTime wall);

  static constexpr TimePoint::rep never = TimePoint::min().time_since_epoch().count();

  WeeklyWindows windows_;
  DayBudget budget_;
  bool is_paused_ = false;
  TimePoint back_off_until_ = TimePoint::min();
  std::atomic<TimePoint::rep> open_until_{never};
};

}  // namespace godwit::limits
