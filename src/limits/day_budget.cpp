// SPDX-License-Identifier: Apache-2.0
#include "limits/day_budget.h"

#include <utility>

#include "limits/local_time.h"

namespace godwit::limits {

void DayBudget::turn_page(WallTime wall) {
  const std::int64_t today = local_day(wall);
  if (day_ && *day_ != today) bytes_.store(0, std::memory_order_relaxed);
  day_ = today;
}

std::optional<WallTime> DayBudget::used_up_until(WallTime wall) {
  if (!is_limited()) return std::nullopt;
  turn_page(wall);
  if (bytes_.load(std::memory_order_relaxed) < limit_) return std::nullopt;
  return next_midnight(wall);
}

DayUse DayBudget::use(WallTime wall) {
  turn_page(wall);
  return {*day_, bytes_.load(std::memory_order_relaxed)};
}

void DayBudget::preset(DayUse use, WallTime wall) {
  turn_page(wall);
  bytes_.store(use.day == *day_ ? use.bytes : 0, std::memory_order_relaxed);
}

}  // namespace godwit::limits
