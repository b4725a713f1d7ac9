// SPDX-License-Identifier: Apache-2.0
#include "limits/token_bucket.h"

#include <algorithm>

namespace godwit::limits {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t burst = nanoseconds(std::chrono::seconds(1)).count();
constexpr std::int64_t longest_debt = nanoseconds(std::chrono::hours(24 * 365)).count();  // keeps the numbers within 64 bits

}  // namespace

TimePoint TokenBucket::take(TimePoint now, std::uint64_t amount) noexcept {
  if (!is_limited()) return now;
  const std::int64_t time = std::chrono::duration_cast<nanoseconds>(now.time_since_epoch()).count();
  const double price = static_cast<double>(amount) * 1e9 / per_second_;
  const std::int64_t cost = price < static_cast<double>(longest_debt) ? static_cast<std::int64_t>(price) : longest_debt;
  std::int64_t before = paid_at_.load(std::memory_order_relaxed);
  std::int64_t after = 0;
  do {
    after = std::min(std::max(before, time - burst) + cost, time + longest_debt);
  } while (!paid_at_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return TimePoint(nanoseconds(after));
}

}  // namespace godwit::limits
