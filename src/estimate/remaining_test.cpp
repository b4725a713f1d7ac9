// SPDX-License-Identifier: Apache-2.0
#include "estimate/remaining.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::estimate {
namespace {

using jobs::State;
using testing::DoubleNear;

constexpr std::int64_t begin_seconds = 1'700'000'000;
WallTime after(double seconds) {
  const std::chrono::duration<double> since(seconds);
  return WallTime(std::chrono::seconds(begin_seconds)) + std::chrono::duration_cast<WallTime::duration>(since);
}

// Two accounts, one after the other, of 100 s each.
Estimate two_accounts() {
  Problem problem;
  problem.hosts = {{"old"}, {"new"}};
  Speed speed;
  speed.alone = speed.together = {.account = 0, .folder = 0, .message = 0.1, .byte = 0};
  problem.routes = {{0, 1, speed, ""}};
  problem.waves = {{"all", {}, -1}};
  problem.loads = {{"alice", 0, 0, 0, 1, 1000, 1e6}, {"bob", 0, 0, 0, 1, 1000, 1e6}};
  problem.accounts_at_once = 1;
  return estimate(problem, {begin_seconds, 0});
}

jobs::Snapshot snapshot_of(std::vector<std::pair<std::string, State>> accounts) {
  jobs::Snapshot snapshot;
  for (const auto& [name, state] : accounts) {
    jobs::JobStatus job;
    job.name = name;
    job.state = state;
    if (state != State::waiting) job.began = after(0);
    snapshot.jobs.push_back(job);
  }
  return snapshot;
}

TEST(Remaining, BeforeAnythingIsDoneItIsTheEstimate) {
  const auto left = time_left(two_accounts(), snapshot_of({{"alice", State::waiting}, {"bob", State::waiting}}), after(0));
  ASSERT_TRUE(left);
  EXPECT_THAT(left->seconds, DoubleNear(200, 1e-3));
  EXPECT_LT(left->low, 200);
  EXPECT_GT(left->high, 200);
}

TEST(Remaining, WhatIsDoneIsTakenOff) {
  auto snapshot = snapshot_of({{"alice", State::running}, {"bob", State::waiting}});
  snapshot.jobs[0].progress.messages = 1000;
  snapshot.jobs[0].progress.messages_done = 500;
  EXPECT_THAT(time_left(two_accounts(), snapshot, after(50))->seconds, DoubleNear(150, 1e-3));
  snapshot.jobs[0].state = State::moved;
  snapshot.jobs[0].ended = after(100);
  EXPECT_THAT(time_left(two_accounts(), snapshot, after(100))->seconds, DoubleNear(100, 1e-3));
  snapshot.jobs[1].state = State::failed;
  EXPECT_EQ(time_left(two_accounts(), snapshot, after(100))->seconds, 0);
}

TEST(Remaining, WhatWasSlowerIsExpectedToStaySo) {
  auto snapshot = snapshot_of({{"alice", State::running}, {"bob", State::waiting}});
  snapshot.jobs[0].progress.messages = 1000;
  snapshot.jobs[0].progress.messages_done = 500;
  const double slower = slower_than(two_accounts(), snapshot, after(100));
  EXPECT_THAT(slower, DoubleNear(110.0 / 60, 1e-3)) << "100 s for what was to take 50, and a twentieth of 200 s that went well";
  EXPECT_THAT(time_left(two_accounts(), snapshot, after(100))->seconds, DoubleNear(150 * slower, 1e-3));
  EXPECT_LE(slower_than(two_accounts(), snapshot, after(1e9)), 5);
}

TEST(Remaining, ARoundKnowsBetterWhatAnAccountHolds) {
  auto snapshot = snapshot_of({{"alice", State::running}, {"bob", State::moved}});
  snapshot.jobs[0].progress.messages = 4000;
  snapshot.jobs[0].progress.messages_done = 0;
  const double slower = slower_than(two_accounts(), snapshot, after(0));
  EXPECT_THAT(time_left(two_accounts(), snapshot, after(0))->seconds, DoubleNear(400 * slower, 1e-3));
}

TEST(Remaining, AnAccountThatNobodyHasCountedLeavesItOpen) {
  auto snapshot = snapshot_of({{"alice", State::waiting}, {"carol", State::waiting}});
  EXPECT_FALSE(time_left(two_accounts(), snapshot, after(0)));
  snapshot.jobs[1].state = State::running;
  snapshot.jobs[1].progress.messages = 500;
  const auto left = time_left(two_accounts(), snapshot, after(0));
  ASSERT_TRUE(left);
  EXPECT_THAT(left->seconds, DoubleNear(150, 1));
}

TEST(Remaining, ClosedHoursAreThoseOfTheClock) {
  Estimate before = two_accounts();
  before.problem.hosts[0].hours = Hours({{0, 50}, {1000, 5000}});
  const auto left = time_left(before, snapshot_of({{"alice", State::moved}, {"bob", State::waiting}}), after(50));
  EXPECT_GT(left->seconds, 1000);
}

}  // namespace
}  // namespace godwit::estimate
