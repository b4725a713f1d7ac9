// SPDX-License-Identifier: Apache-2.0
#include "limits/weekly_windows.h"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::limits {
namespace {

bool contains(const WeeklyWindow& window, std::chrono::minutes minute) {
  if (window.begin < window.end) return window.begin <= minute && minute < window.end;
  return window.begin <= minute || minute < window.end;
}

}  // namespace

Result<WeeklyWindows> WeeklyWindows::of(std::vector<WeeklyWindow> windows, Zone zone) {
  for (std::size_t number = 1; const WeeklyWindow& window : windows) {
    const bool is_within = window.begin >= std::chrono::minutes(0) && window.begin < whole_week &&
                           window.end >= std::chrono::minutes(0) && window.end <= whole_week;
    if (!is_within) {
      return fail(ErrorKind::usage, fmt::format("window {}: minutes {} to {} are not within a week; count from 0 (Monday 00:00) to {}",
                                                number, window.begin.count(), window.end.count(), whole_week.count()));
    }
    ++number;
  }
  WeeklyWindows made;
  made.windows_ = std::move(windows);
  made.zone_ = zone;
  return made;
}

bool WeeklyWindows::is_open(WallTime time) const {
  const std::chrono::minutes minute = windows_.empty() ? std::chrono::minutes(0) : minute_of_week(time, zone_);
  return windows_.empty() || std::ranges::any_of(windows_, [minute](const WeeklyWindow& each) { return contains(each, minute); });
}

std::optional<WallTime> WeeklyWindows::next_opening(WallTime time) const {
  if (is_open(time)) return std::nullopt;
  WallTime first = WallTime::max();
  for (const WeeklyWindow& window : windows_) first = std::min(first, next_at(time, window.begin, zone_));
  return first;
}

}  // namespace godwit::limits
