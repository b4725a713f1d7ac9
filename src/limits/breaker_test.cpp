// SPDX-License-Identifier: Apache-2.0
#include "limits/breaker.h"

#include <gtest/gtest.h>

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(hours(1000));

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker;
  for (int count = 0; count < 4; ++count) breaker.failed(start, breaker.begin(start), "down");
  breaker.succeeded();
  for (int count = 0; count < 4; ++count) breaker.failed(start, breaker.begin(start), "down");
  EXPECT_EQ(breaker.state(), Breaker::State::closed);
  EXPECT_TRUE(breaker.lets_pass(start));
  breaker.failed(start, breaker.begin(start), "connection refused");
  EXPECT_EQ(breaker.state(), Breaker::State::open);
  EXPECT_EQ(breaker.why(), "connection refused");
  EXPECT_FALSE(breaker.lets_pass(start));
  EXPECT_GE(breaker.open_until(), start + seconds(30));
  EXPECT_LE(breaker.open_until(), start + seconds(36));
}

TEST(Breaker, LetsOneTryAfterThePauseThatDoubles) {
  BreakerSettings settings;
  settings.jitter = 0;
  Breaker breaker(settings);
  for (int count = 0; count < 5; ++count) breaker.failed(start, false, "down");
  TimePoint now = start;
  for (const auto pause : {seconds(30), seconds(60), seconds(120), seconds(240), seconds(480), seconds(600), seconds(600)}) {
    EXPECT_EQ(breaker.open_until(), now + pause);
    EXPECT_FALSE(breaker.lets_pass(now + pause - nanoseconds(1)));
    now += pause;
    ASSERT_TRUE(breaker.lets_pass(now));
    EXPECT_TRUE(breaker.begin(now));
    EXPECT_FALSE(breaker.lets_pass(now)) << "one alone";
    breaker.failed(now, false, "an old one");
    EXPECT_EQ(breaker.state(), Breaker::State::trying);
    breaker.failed(now, true, "down");
  }
  now = breaker.open_until();
  EXPECT_TRUE(breaker.begin(now));
  breaker.succeeded();
  EXPECT_TRUE(breaker.lets_pass(now));
  EXPECT_EQ(breaker.failures(), 0U);
  EXPECT_EQ(breaker.why(), "");
  for (int count = 0; count < 5; ++count) breaker.failed(now, false, "down");
  EXPECT_EQ(breaker.open_until(), now + seconds(30)) << "begins anew";
}

TEST(Breaker, ATrialThatIsGivenUpLeavesItToTheNext) {
  Breaker breaker;
  for (int count = 0; count < 5; ++count) breaker.failed(start, false, "down");
  const TimePoint later = breaker.open_until();
  const bool is_trial = breaker.begin(later);
  breaker.abandoned(is_trial);
  EXPECT_TRUE(breaker.lets_pass(later));
  EXPECT_TRUE(breaker.begin(later));
}

}  // namespace
}  // namespace godwit::limits
