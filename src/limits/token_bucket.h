// SPDX-License-Identifier: Apache-2.0
// So many units a second, on average. Whoever takes owes: it takes at once, and waits afterwards until what it took is paid for. So
// nobody queues, many threads share one number, and a unit that is larger than a second's worth passes, too.
#pragma once

#include <atomic>
#include <cstdint>

#include "limits/clock.h"

namespace godwit::limits {

class TokenBucket {
 public:
  explicit TokenBucket(double per_second = 0) : per_second_(per_second) {}  // 0: no limit
  [[nodiscard]] bool is_limited() const { return per_second_ > 0; }

  // When `amount` units and all that were taken before are paid for; not after `now` while it is within the burst of one second.
  [[nodiscard]] TimePoint take(TimePoint now, std::uint64_t amount) noexcept;

 private:
  double per_second_;
  std::atomic<std::int64_t> paid_at_{INT64_MIN};  // in nanoseconds of the steady clock
};

}  // namespace godwit::limits
