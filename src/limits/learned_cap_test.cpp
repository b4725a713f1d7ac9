// SPDX-License-Identifier: Apache-2.0
#include "limits/learned_cap.h"

#include <gtest/gtest.h>

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(hours(1000));

TEST(LearnedCap, WithoutRefusalsIsWhatWasSet) {
  EXPECT_EQ(LearnedCap(7).allowed(start), 7U);
  EXPECT_GT(LearnedCap(0).allowed(start), 1'000'000U);
}

TEST(LearnedCap, OneMoreIsTriedAfterAQuietTimeThatDoubles) {
  LearnedCap cap(10);
  cap.refused(start, 4, false);
  EXPECT_EQ(cap.learned(), 4U);
  TimePoint now = start;
  for (const auto quiet : {seconds(60), seconds(120), seconds(240), seconds(480), seconds(900), seconds(900)}) {
    EXPECT_EQ(cap.allowed(now + quiet - nanoseconds(1)), 4U) << quiet.count();
    now += quiet;
    EXPECT_EQ(cap.next_probe(), now);
    EXPECT_EQ(cap.allowed(now), 5U);
    EXPECT_FALSE(cap.would_probe(3));
    EXPECT_TRUE(cap.would_probe(4));
    cap.refused(now, 4, true);
  }
}

TEST(LearnedCap, SeveralRefusalsAtOnceAreNoFailedProbes) {
  LearnedCap cap(10);
  for (int count = 0; count < 5; ++count) cap.refused(start, 4, false);
  EXPECT_EQ(cap.next_probe(), start + seconds(60));
}

TEST(LearnedCap, GrowsByOneForEachProbeThatSucceedsUpToWhatWasSet) {
  LearnedCap cap(5);
  cap.refused(start, 3, false);
  cap.refused(start + seconds(60), 3, true);
  const TimePoint probed = start + seconds(180);
  EXPECT_EQ(cap.allowed(probed), 4U);
  cap.accepted(probed, 3);  // no probe: somebody else's place
  EXPECT_EQ(cap.learned(), 3U);
  EXPECT_EQ(cap.allowed(probed), 4U);
  cap.accepted(probed, 4);
  EXPECT_EQ(cap.learned(), 4U);
  EXPECT_EQ(cap.allowed(probed + seconds(59)), 4U);
  EXPECT_EQ(cap.allowed(probed + seconds(60)), 5U);
  cap.accepted(probed + seconds(60), 5);
  EXPECT_EQ(cap.learned(), std::nullopt);
  EXPECT_EQ(cap.allowed(probed + hours(9)), 5U);
}

TEST(LearnedCap, NeverBelowOneNorAboveWhatWasSet) {
  LearnedCap cap(1);
  cap.refused(start, 0, false);
  EXPECT_EQ(cap.allowed(start), 1U);
  EXPECT_EQ(cap.allowed(start + hours(1)), 1U);
}

}  // namespace
}  // namespace godwit::limits
