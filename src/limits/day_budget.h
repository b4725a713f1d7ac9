// SPDX-License-Identifier: Apache-2.0
// So many bytes a day, the day beginning at local midnight.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "limits/clock.h"

namespace godwit::limits {

// What was moved on one day; kept by the caller over restarts.
struct DayUse {
  std::int64_t day = 0;  // as of local_day()
  std::uint64_t bytes = 0;
  friend bool operator==(const DayUse&, const DayUse&) = default;
};

// add() may be called by any thread, the rest by one at a time.
class DayBudget {
 public:
  explicit DayBudget(std::uint64_t limit = 0) : limit_(limit) {}  // 0: no limit
  [[nodiscard]] bool is_limited() const { return limit_ > 0; }

  // True when nothing is left.
  bool add(std::uint64_t bytes) noexcept { return bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes >= limit_ && is_limited(); }
  // When there will be bytes again, where nothing is left at `wall`.
  [[nodiscard]] std::optional<WallTime> used_up_until(WallTime wall);

  [[nodiscard]] DayUse use(WallTime wall);
  // What was used before, in place of what was counted so far; of another day than that of `wall` it is nothing.
  void preset(DayUse use, WallTime wall);

 private:
  void turn_page(WallTime wall);

  std::uint64_t limit_;
  std::atomic<std::uint64_t> bytes_{0};
  std::optional<std::int64_t> day_;
};

}  // namespace godwit::limits
