// SPDX-License-Identifier: Apache-2.0
#include "estimate/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::estimate {
namespace {

constexpr double hour = 3600, day = 24 * hour;

// One second for each account, a tenth for each message; several pairs do not disturb each other.
Problem problem_with(std::vector<double> messages, std::size_t at_once = 2) {
  Problem problem;
  problem.hosts = {{"old"}, {"new"}};
  Speed speed;
  speed.alone = {.account = 1, .folder = 0, .message = 0.1, .byte = 0};
  speed.together = speed.alone;
  speed.pairs = 4;
  problem.routes = {{0, 1, speed, "target"}};
  problem.waves = {{"all", {}, -1}};
  for (const double each : messages) {
    problem.loads.push_back({fmt::format("account-{}", problem.loads.size()), 0, 0, 0, 1, each, each * 1000});
  }
  problem.accounts_at_once = at_once;
  problem.first_midnight = day;
  return problem;
}

TEST(Simulation, OneAccountTakesWhatItCosts) {
  Problem problem = problem_with({100});
  EXPECT_NEAR(play(problem).seconds, 11, 1e-6);
  problem.routes[0].speed.alone.folder = 2;
  problem.routes[0].speed.alone.byte = 1e-5;
  EXPECT_NEAR(play(problem).seconds, 11 + 2 + 1, 1e-6);
}

TEST(Simulation, NothingTakesNoTime) { EXPECT_EQ(play(problem_with({})).seconds, 0); }

TEST(Simulation, AccountsTakeTheirTurnsOnTheSeats) {
  const Played played = play(problem_with({100, 100, 100, 100}));
  EXPECT_NEAR(played.seconds, 22, 1e-6);
  EXPECT_NEAR(played.begins[2], 11, 1e-6);
  EXPECT_NEAR(played.ends[1], 11, 1e-6);
}

TEST(Simulation, TheLargestAccountIsALowerBound) {
  const Played played = play(problem_with({10, 10, 10, 10, 10, 10, 5000}, 4));
  EXPECT_GT(played.seconds, 501 / 2);
  EXPECT_EQ(played.bottleneck(), Constraint::largest_account);
}

TEST(Simulation, ALargeAccountGetsLanesAsItHasFoldersAndMessages) {
  Problem problem = problem_with({5000});
  EXPECT_NEAR(play(problem).seconds, 501, 1e-6) << "one folder is worked on by one lane";
  problem.loads[0].folders = 3;
  EXPECT_NEAR(play(problem).seconds, 251, 1e-6);
  problem.hosts[1].connections = 1;
  EXPECT_NEAR(play(problem).seconds, 501, 1e-6);
}

TEST(Simulation, CostsGrowWithThePairsAtWork) {
  Problem problem = problem_with({100, 100}, 2);
  problem.routes[0].speed.together = {.account = 4, .folder = 0, .message = 0.4, .byte = 0};
  EXPECT_NEAR(play(problem).seconds, 22, 1e-6) << "two of four pairs: a third of the way from 1 to 4";
  EXPECT_NEAR(play(problem, {.crowd = 0}).seconds, 11, 1e-6);
  EXPECT_NEAR(play(problem, {.costs = {2, 2, 2, 2}}).seconds, 44, 1e-6);
}

TEST(Simulation, PriorityAndWaveDecideWhoGoesFirst) {
  Problem problem = problem_with({100, 100, 100}, 1);
  problem.waves = {{"first", {}, -1}, {"second", {}, -1}};
  problem.loads[0].wave = 1;
  problem.loads[2].priority = 5;
  const Played played = play(problem);
  EXPECT_NEAR(played.ends[2], 11, 1e-6);
  EXPECT_NEAR(played.ends[1], 22, 1e-6);
  EXPECT_NEAR(played.ends[0], 33, 1e-6);
  EXPECT_THAT(played.wave_ends, testing::ElementsAre(testing::DoubleNear(22, 1e-6), testing::DoubleNear(33, 1e-6)));
}

TEST(Simulation, AWaveWaitsForTheOneBefore) {
  Problem problem = problem_with({100, 400}, 4);
  problem.waves = {{"second", {}, 1}, {"first", {}, -1}};
  problem.loads[1].wave = 1;
  const Played played = play(problem);
  EXPECT_NEAR(played.begins[0], 41, 1e-6);
  EXPECT_NEAR(played.seconds, 52, 1e-6);
}

TEST(Simulation, TwoAccountsOfOneConnectionGoOneAfterTheOther) {
  Problem problem = problem_with({100, 100}, 2);
  problem.hosts[0].connections = 1;
  const Played played = play(problem);
  EXPECT_NEAR(played.seconds, 22, 1e-6);
  EXPECT_GT(played.decided[static_cast<std::size_t>(Constraint::connections)], 10);
}

TEST(Simulation, RatesStretchWhatIsMoved) {
  Problem problem = problem_with({100, 100});
  problem.hosts[1].messages_per_second = 5;
  Played played = play(problem);
  EXPECT_NEAR(played.seconds, 1 + 200 / 5.0, 1e-6) << "both connect in the first second";
  EXPECT_EQ(played.bottleneck(), Constraint::message_rate);
  problem.hosts[0].bytes_per_second = 1000;
  played = play(problem);
  EXPECT_NEAR(played.seconds, 1 + 200, 1e-6);
  EXPECT_EQ(played.bottleneck(), Constraint::byte_rate);
}

TEST(Simulation, OneServerOnBothSidesPaysTwice) {
  Problem problem = problem_with({100});
  problem.hosts[0].bytes_per_second = 1000;
  problem.routes[0].target = 0;
  EXPECT_NEAR(play(problem).seconds, 1 + 200, 1e-6);
}

TEST(Simulation, ClosedHoursAreWaitedFor) {
  Problem problem = problem_with({36'000 * 3});
  problem.hosts[0].hours = Hours({{hour, 2 * hour}, {day + hour, day + 2 * hour}, {2 * day + hour, 2 * day + 3 * hour}});
  const Played played = play(problem);
  EXPECT_NEAR(played.seconds, 2 * day + 2 * hour + 1, 1e-3);
  EXPECT_EQ(played.bottleneck(), Constraint::hours);
}

TEST(Simulation, MayBeginLater) {
  Problem problem = problem_with({100});
  problem.hosts[0].hours = Hours({{hour, 2 * hour}, {day, day + hour}});
  problem.begin = 2 * hour - 5;
  const Played played = play(problem);
  EXPECT_NEAR(played.seconds, 5 + day - 2 * hour + 6, 1e-3);
  EXPECT_NEAR(played.ends[0], played.seconds, 1e-6);
  EXPECT_NEAR(played.begins[0], 0, 1e-6);
}

TEST(Simulation, AWavesHoursAreItsOwn) {
  Problem problem = problem_with({100, 100});
  problem.waves.push_back({"night", Hours({{hour, 2 * hour}}), -1});
  problem.loads[1].wave = 1;
  const Played played = play(problem);
  EXPECT_NEAR(played.ends[0], 11, 1e-6);
  EXPECT_NEAR(played.ends[1], hour + 11, 1e-6);
}

TEST(Simulation, ADaysBytesEndAtMidnight) {
  Problem problem = problem_with({1000});  // a million bytes
  problem.hosts[1].bytes_per_day = 400'000;
  problem.first_midnight = hour;
  const Played played = play(problem);
  EXPECT_NEAR(played.seconds, hour + day + 20, 0.1) << "400,000 today and tomorrow, the rest on the day after";
  EXPECT_EQ(played.bottleneck(), Constraint::day_budget);
}

TEST(Simulation, AnAccountsDayGivesItsPlaceToOthers) {
  Problem problem = problem_with({1000, 300, 20}, 1);  // a million bytes, 300,000, and 20,000
  problem.hosts[0].bytes_per_day_per_account = 400'000;
  problem.first_midnight = hour;
  const Played played = play(problem);
  EXPECT_NEAR(played.ends[1], 41 + 31, 0.1) << "behind 400,000 bytes of the first";
  EXPECT_NEAR(played.ends[2], 41 + 31 + 3, 0.1);
  EXPECT_NEAR(played.ends[0], hour + day + 1 + 20, 0.1) << "400,000 on the second day, and the rest on the third";
  EXPECT_EQ(played.begins[0], 0);
  EXPECT_EQ(played.bottleneck(), Constraint::day_budget);
  problem.hosts[1].bytes_per_day_per_account = 200'000;
  EXPECT_NEAR(play(problem).ends[0], hour + 3 * day + 1 + 20, 0.1) << "the smaller of both servers' counts";
}

TEST(Simulation, WhatNeverEndsIsSaid) {
  Problem problem = problem_with({100});
  problem.waves[0].after = 0;
  EXPECT_TRUE(play(problem).is_endless);
}

TEST(Simulation, ManyAccountsAreQuick) {
  Problem problem = problem_with(std::vector<double>(5000, 20), 20);
  EXPECT_NEAR(play(problem).seconds, 5000 / 20 * 3, 1e-3);
}

TEST(Hours, OpenAndCloseEveryWeek) {
  const Hours hours({{10, 20}, {30, 40}});
  const double week = 7 * day;
  for (const double base : {0.0, week, 5 * week}) {
    EXPECT_FALSE(hours.is_open(base + 9));
    EXPECT_TRUE(hours.is_open(base + 10));
    EXPECT_FALSE(hours.is_open(base + 20));
    EXPECT_EQ(hours.next_change(base + 9), base + 10);
    EXPECT_EQ(hours.next_change(base + 10), base + 20);
    EXPECT_EQ(hours.next_change(base + 40), base + week + 10);
  }
  EXPECT_TRUE(Hours().is_open(5));
  EXPECT_TRUE(std::isinf(Hours().next_change(5)));
}

TEST(Hours, AreThoseOfThePlansWindows) {
  using namespace std::chrono;
  // Daily from 22:00 to 23:00 by the machine's clock.
  std::vector<limits::WeeklyWindow> windows;
  for (int i = 0; i < 7; ++i) windows.push_back({days(i) + hours(22), days(i) + hours(23)});
  const auto weekly = *limits::WeeklyWindows::of(windows);
  const limits::WallTime begin = sys_days(year(2024) / 1 / 10) + hours(12) + seconds(30);
  const Hours hours_open = Hours::of(weekly, begin);
  ASSERT_EQ(hours_open.spans().size(), 7U);
  const auto first = begin + duration_cast<limits::WallTime::duration>(duration<double>(hours_open.spans()[0].begin));
  EXPECT_TRUE(weekly.is_open(first));
  EXPECT_FALSE(weekly.is_open(first - minutes(1)));
  EXPECT_NEAR(hours_open.spans()[0].end - hours_open.spans()[0].begin, 3600, 1e-6);
  EXPECT_TRUE(Hours::of(limits::WeeklyWindows(), begin).is_always_open());
}

}  // namespace
}  // namespace godwit::estimate
