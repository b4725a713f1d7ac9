// SPDX-License-Identifier: Apache-2.0
#include "limits/token_bucket.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(hours(1000));

TEST(TokenBucket, LetsASecondsWorthPassAtOnce) {
  TokenBucket bucket(100);
  EXPECT_LE(bucket.take(start, 60), start);
  EXPECT_LE(bucket.take(start, 40), start);
  EXPECT_EQ(bucket.take(start, 50), start + milliseconds(500));
  EXPECT_EQ(bucket.take(start, 100), start + milliseconds(1500));
}

TEST(TokenBucket, SavesNoMoreThanASecond) {
  TokenBucket bucket(100);
  static_cast<void>(bucket.take(start, 100));
  const TimePoint later = start + hours(1);
  EXPECT_LE(bucket.take(later, 100), later);
  EXPECT_EQ(bucket.take(later, 1), later + milliseconds(10));
}

TEST(TokenBucket, KeepsTheRateHoweverItIsTaken) {
  for (const std::uint64_t piece : {1U, 7U, 1000U, 54'321U}) {
    TokenBucket bucket(1000);
    TimePoint now = start;
    std::uint64_t taken = 0;
    for (; taken < 200'000; taken += piece) now = std::max(now, bucket.take(now, piece));
    const double seconds_used = std::chrono::duration<double>(now - start).count();
    EXPECT_NEAR(seconds_used, static_cast<double>(taken) / 1000 - 1, 0.01) << piece;
  }
}

TEST(TokenBucket, SlowRatesAndHugeAmountsStayWithinTheNumbers) {
  TokenBucket slow(0.5);
  EXPECT_EQ(slow.take(start, 1), start + seconds(1));
  TokenBucket bucket(1);
  for (int count = 0; count < 1000; ++count) {
    EXPECT_EQ(bucket.take(start, UINT64_MAX), start + hours(24 * 365) - (count == 0 ? seconds(1) : seconds(0)));
  }
  TokenBucket none;
  EXPECT_EQ(none.take(start, UINT64_MAX), start);
}

TEST(TokenBucket, LosesNothingBetweenThreads) {
  TokenBucket bucket(1000);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&bucket] {
      for (int count = 0; count < 10'000; ++count) static_cast<void>(bucket.take(start, 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bucket.take(start, 0), start + seconds(39));
}

}  // namespace
}  // namespace godwit::limits
