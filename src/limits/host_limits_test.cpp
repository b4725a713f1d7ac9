// SPDX-License-Identifier: Apache-2.0
#include "limits/host_limits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "limits/local_time.h"
#include "limits/test_lab.h"

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::Lab;

const Error network{ErrorKind::network, "connection refused", {}, {}};
const Error too_many{ErrorKind::unavailable, "later", "[LIMIT] Too many connections", {}};
Error told_to_wait(milliseconds time) { return {ErrorKind::unavailable, "throttled", {}, {}, 0, time}; }

HostSettings with_connections(unsigned all, unsigned of_one = 0) {
  HostSettings settings;
  settings.connections = all;
  settings.connections_per_account = of_one;
  return settings;
}

TEST(HostLimits, SettingsThatMakeNoSenseAreUsageErrors) {
  const auto kind_for = [](auto change) {
    HostSettings settings;
    change(settings);
    const auto made = HostLimits::make("mail.example.com", settings);
    EXPECT_TRUE(made || describe(made.error()).contains("mail.example.com"));
    return made ? std::optional<ErrorKind>() : made.error().kind;
  };
  EXPECT_EQ(kind_for([](HostSettings&) {}), std::nullopt);
  EXPECT_EQ(kind_for([](HostSettings& s) { s.messages_per_second = -1; }), ErrorKind::usage);
  EXPECT_EQ(kind_for([](HostSettings& s) { s.messages_per_second = std::nan(""); }), ErrorKind::usage);
  EXPECT_EQ(kind_for([](HostSettings& s) { s.messages_per_second = std::numeric_limits<double>::infinity(); }), ErrorKind::usage);
  EXPECT_EQ(kind_for([](HostSettings& s) { s.breaker.failures = 0; }), ErrorKind::usage);
  EXPECT_EQ(kind_for([](HostSettings& s) { s.windows = {{-minutes(1), hours(1)}}; }), ErrorKind::usage);
}

TEST(HostLimits, ServesInOrderAndHigherPrioritiesFirst) {
  Lab lab(with_connections(1));
  auto held = lab.open("first");
  std::vector<std::string> order;
  const auto take = [&](std::string name, int priority) -> Task<> {
    const auto permit = co_await lab.limits->acquire(lab.asker(name, priority));
    EXPECT_TRUE(permit);
    order.push_back(std::move(name));
  };
  const std::pair<const char*, int> people[] = {{"a", 0}, {"b", 0}, {"urgent", 5}, {"c", 0}, {"urgent2", 5}, {"late", -1}, {"d", 0}};
  for (const auto& [name, priority] : people) boost::asio::co_spawn(lab.context, take(name, priority), boost::asio::detached);
  lab.settle();
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(lab.limits->state().connections_wanted, 8U);
  held.clear();
  lab.settle();
  EXPECT_EQ(order, (std::vector<std::string>{"urgent", "urgent2", "a", "b", "c", "d", "late"}));
  EXPECT_EQ(lab.limits->state().connections_open, 0U);
}

TEST(HostLimits, AnAccountThatHasAllItMayHaveKeepsNobodyElseWaiting) {
  Lab lab(with_connections(3, 1));
  auto one = lab.open("one");
  auto more = lab.ask("one");
  auto two = lab.ask("two");
  EXPECT_FALSE(more.is_over());
  EXPECT_TRUE(two.is_over());
  one.clear();
  lab.settle();
  EXPECT_TRUE(more.is_over());
}

TEST(HostLimits, AStopEndsTheWaitOfWhoWaits) {
  EXPECT_LE(Clock{}.longest_sleep, milliseconds(500));
  Lab lab(with_connections(1));
  auto held = lab.open("one");
  auto waits = lab.ask("two");
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(waits.is_over());
  EXPECT_EQ(waits.value().error().kind, ErrorKind::canceled);
  EXPECT_EQ(lab.limits->state().connections_wanted, 1U);
  held.clear();
  auto late = lab.ask("three");
  EXPECT_EQ(late.value().error().kind, ErrorKind::canceled) << "even where nothing has to be waited for";
  EXPECT_EQ(lab.limits->state().connections_open, 0U);
}

TEST(HostLimits, WhoGoesAwayLeavesTheLineAndGivesBackWhatItWasGiven) {
  Lab lab(with_connections(1));
  auto held = lab.open("one");
  {
    boost::asio::io_context gone{1};
    for (const char* const name : {"served", "waiting"}) {
      boost::asio::co_spawn(gone, lab.limits->acquire(lab.asker(name)), boost::asio::detached);
    }
    lab.settle(gone);
    EXPECT_EQ(lab.limits->state().connections_wanted, 3U);
    held.clear();  // serves the first, which never gets to know
    EXPECT_EQ(lab.limits->state().connections_open, 1U);
  }
  EXPECT_EQ(lab.limits->state().connections_wanted, 0U);
  EXPECT_TRUE(lab.ask("two").is_over());
}

TEST(HostLimits, APauseLetsNothingNewBegin) {
  Lab lab;
  lab.limits->pause();
  auto waits = lab.ask("one");
  EXPECT_FALSE(waits.is_over());
  EXPECT_EQ(lab.limits->state().stopped_by, Obstacle::paused);
  EXPECT_EQ(lab.limits->state().stopped_until, std::nullopt);
  lab.advance(seconds(7));
  lab.limits->resume();
  lab.settle();
  EXPECT_TRUE(waits.is_over());
  EXPECT_EQ(lab.limits->state().waited_for(Obstacle::paused), seconds(7));
  EXPECT_EQ(lab.limits->state().waited_for(Obstacle::connections), seconds(0));
}

TEST(HostLimits, OutsideTheWindowsNothingNewBegins) {
  const test::TimeZone zone("UTC0");
  HostSettings settings;
  settings.windows = {{hours(22), hours(30)}};
  Lab lab(settings);  // Monday noon
  EXPECT_EQ(lab.limits->next_opening(), test::at(2024, 1, 8, 22, 0));
  auto waits = lab.ask("one");
  lab.advance(hours(10) - nanoseconds(1));
  EXPECT_FALSE(waits.is_over());
  EXPECT_EQ(lab.limits->state().stopped_by, Obstacle::window);
  EXPECT_EQ(lab.limits->state().stopped_until, test::at(2024, 1, 8, 22, 0));
  lab.advance(nanoseconds(1));
  EXPECT_TRUE(waits.is_over());
  EXPECT_EQ(lab.limits->next_opening(), std::nullopt);
  lab.advance(hours(8));
  EXPECT_FALSE(lab.ask("two").is_over());
}

TEST(HostLimits, AStatedTimeIsObeyedToTheInstantByThatAccountAlone) {
  Lab lab;
  EXPECT_TRUE(lab.fail_once("one", told_to_wait(milliseconds(299'961)))) << "it is worth it to ask again";
  auto one = lab.ask("one");
  EXPECT_TRUE(lab.ask("two").is_over());
  ASSERT_EQ(lab.limits->state().accounts_backing_off.size(), 1U);
  EXPECT_EQ(lab.limits->state().accounts_backing_off[0].first, "one");
  lab.advance(milliseconds(299'961) - nanoseconds(1));
  EXPECT_FALSE(one.is_over());
  lab.advance(nanoseconds(1));
  EXPECT_TRUE(one.is_over());
  EXPECT_GE(lab.limits->state().waited_for(Obstacle::back_off), milliseconds(299'961));
  EXPECT_TRUE(lab.limits->state().accounts_backing_off.empty());
}

TEST(HostLimits, ALaterWordDoesNotShortenAStatedTimeAndADayIsTheLongest) {
  Lab lab;
  lab.limits->note(*lab.limits->account("one"), told_to_wait(minutes(10)));
  lab.limits->note(*lab.limits->account("one"), told_to_wait(minutes(1)));
  lab.limits->note(*lab.limits->account("one"), too_many);
  auto one = lab.ask("one");
  lab.advance(minutes(9));
  EXPECT_FALSE(one.is_over());
  lab.advance(minutes(1));
  EXPECT_TRUE(one.is_over());
  lab.limits->note(*lab.limits->account("two"), told_to_wait(milliseconds(std::numeric_limits<std::uint32_t>::max())));
  auto two = lab.ask("two");
  lab.advance(hours(24));
  EXPECT_TRUE(two.is_over());
}

TEST(HostLimits, ThreeAccountsThatAreToldToWaitMeanTheServer) {
  Lab lab;
  for (const char* const name : {"one", "two"}) EXPECT_TRUE(lab.fail_once(name, told_to_wait(minutes(5))));
  auto got_in = lab.open("three");
  for (const char* const name : {"four", "five"}) EXPECT_TRUE(lab.fail_once(name, told_to_wait(minutes(5))));
  EXPECT_EQ(lab.limits->state().stopped_by, Obstacle::none) << "somebody got in between";
  EXPECT_TRUE(lab.fail_once("six", told_to_wait(minutes(5))));
  EXPECT_EQ(lab.limits->state().stopped_by, Obstacle::back_off);
  auto seven = lab.ask("seven");
  lab.advance(minutes(5) - nanoseconds(1));
  EXPECT_FALSE(seven.is_over());
  lab.advance(nanoseconds(1));
  EXPECT_TRUE(seven.is_over());
}

TEST(HostLimits, ARefusalTeachesHowManyAreTaken) {
  Lab lab(with_connections(10));
  auto first = lab.open("first", 2);
  auto second = lab.open("second");
  EXPECT_TRUE(lab.fail_once("third", too_many)) << "it is worth it to wait in line";
  EXPECT_EQ(lab.limits->state().connections_learned, 3U);
  auto third = lab.ask("third");
  EXPECT_FALSE(third.is_over());
  lab.advance(seconds(59));
  EXPECT_FALSE(third.is_over());
  lab.advance(seconds(1));
  ASSERT_TRUE(third.is_over()) << "one more is tried";
  EXPECT_FALSE(lab.ask("fourth").is_over()) << "but only one";
  EXPECT_TRUE(third.value()->failed(too_many));
  third = lab.ask("third");
  lab.advance(seconds(119));
  EXPECT_FALSE(third.is_over());
  second.clear();
  lab.settle();
  EXPECT_EQ(lab.limits->state().connections_open, 3U) << "the place of one that is closed is free at once";
}

TEST(HostLimits, ARefusalWhenNothingIsOpenIsNotWorthWaiting) {
  Lab lab;
  EXPECT_FALSE(lab.fail_once("one", too_many));
  EXPECT_EQ(lab.limits->state().connections_learned, std::nullopt);
  auto open = lab.open("one");
  EXPECT_FALSE(lab.fail_once("one", too_many)) << "the account goes on with what it has";
  EXPECT_EQ(lab.limits->state().connections_learned, std::nullopt);
}

TEST(HostLimits, FailuresInARowHoldEverybodyAndOneTries) {
  Lab lab;
  for (int count = 0; count < 5; ++count) {
    EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::closed);
    EXPECT_FALSE(lab.fail_once("one", network));
  }
  const HostState state = lab.limits->state();
  EXPECT_EQ(state.breaker.state, Breaker::State::open);
  EXPECT_EQ(state.breaker.why, "connection refused (GW-3000)");
  EXPECT_EQ(state.breaker.failures, 5U);
  EXPECT_GE(state.breaker.open_until, lab.clock.wall() + seconds(30));
  EXPECT_EQ(state.stopped_by, Obstacle::breaker);
  auto two = lab.ask("two");
  auto three = lab.ask("three");
  lab.advance(seconds(29));
  EXPECT_FALSE(two.is_over());
  lab.advance(seconds(7));
  ASSERT_TRUE(two.is_over());
  EXPECT_FALSE(three.is_over());
  EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::trying);
  two.drop();  // given up: the next one tries
  lab.settle();
  ASSERT_TRUE(three.is_over());
  auto four = lab.ask("four");
  EXPECT_FALSE(four.is_over());
  three.value()->connected();
  lab.settle();
  EXPECT_TRUE(four.is_over());
  EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::closed);
}

TEST(HostLimits, RefusedLoginsSayThatTheServerIsThere) {
  Lab lab;
  for (const ErrorKind kind : {ErrorKind::auth, ErrorKind::unavailable, ErrorKind::canceled, ErrorKind::usage, ErrorKind::storage}) {
    for (int count = 0; count < 10; ++count) EXPECT_FALSE(lab.fail_once("one", {kind, "no", {}, {}}));
    EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::closed) << name_of(kind);
  }
  for (int count = 0; count < 20; ++count) {
    EXPECT_FALSE(lab.fail_once("one", count % 5 == 4 ? Error{ErrorKind::auth, "no", {}, {}} : network));
  }
  EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::closed);
  for (const ErrorKind kind : {ErrorKind::timeout, ErrorKind::tls, ErrorKind::network, ErrorKind::tls, ErrorKind::timeout}) {
    EXPECT_FALSE(lab.fail_once("one", {kind, "no", {}, {}}));
  }
  EXPECT_EQ(lab.limits->state().breaker.state, Breaker::State::open);
}

TEST(HostLimits, WhatWasMovedIsPaidForBeforeGoingOn) {
  HostSettings settings;
  settings.bytes_per_second = 1000;
  Lab lab(settings);
  const AccountHandle one = lab.limits->account("one");
  static_cast<void>(lab.limits->state());
  TimePoint due = lab.limits->count(HostLimits::Direction::in, 1000, 1);
  EXPECT_LE(due, lab.clock.now());
  due = lab.limits->count(HostLimits::Direction::out, 2500, 2);
  EXPECT_EQ(due, lab.clock.now() + milliseconds(2500));
  EXPECT_FALSE(lab.limits->may_go_on(*one, due));
  auto waits = lab.start(lab.limits->wait_to_go_on(lab.asker("one"), due));
  lab.settle();
  lab.advance(milliseconds(2499));
  EXPECT_FALSE(waits.is_over());
  lab.advance(milliseconds(1));
  EXPECT_TRUE(waits.is_over());
  EXPECT_TRUE(lab.limits->may_go_on(*one, due));
  const HostState state = lab.limits->state();
  EXPECT_EQ(state.in, (Traffic{1000, 1}));
  EXPECT_EQ(state.out, (Traffic{2500, 2}));
  EXPECT_EQ(state.waited_for(Obstacle::rate), milliseconds(2500));
}

TEST(HostLimits, MessagesASecondAreASlowerLimitWhereTheyAreSmall) {
  HostSettings settings;
  settings.bytes_per_second = 1'000'000;
  settings.messages_per_second = 10;
  Lab lab(settings);
  EXPECT_EQ(lab.limits->count(HostLimits::Direction::in, 10, 30), lab.clock.now() + seconds(2));
  EXPECT_EQ(lab.limits->count(HostLimits::Direction::in, 4'000'000, 0), lab.clock.now() + milliseconds(3000) + nanoseconds(10'000));
}

TEST(HostLimits, ADaysBytesLastUntilMidnightAndOverARestart) {
  const test::TimeZone zone("UTC0");
  HostSettings settings;
  settings.bytes_per_day = 1000;
  Lab lab(settings);
  lab.limits->preset_day_use({local_day(lab.clock.wall()), 600});
  EXPECT_TRUE(lab.ask("one").is_over());
  lab.limits->count(HostLimits::Direction::in, 400, 1);
  EXPECT_EQ(lab.limits->day_use(), (DayUse{local_day(lab.clock.wall()), 1000}));
  EXPECT_FALSE(lab.limits->may_go_on(*lab.limits->account("one"), TimePoint::min()));
  auto connects = lab.ask("one");
  auto reads = lab.start(lab.limits->wait_to_go_on(lab.asker("one"), TimePoint::min()));
  lab.advance(hours(12) - nanoseconds(1));
  EXPECT_FALSE(connects.is_over());
  EXPECT_FALSE(reads.is_over());
  EXPECT_EQ(lab.limits->state().stopped_by, Obstacle::day_budget);
  lab.advance(nanoseconds(1));
  EXPECT_TRUE(connects.is_over());
  EXPECT_TRUE(reads.is_over());
  EXPECT_EQ(lab.limits->day_use().bytes, 0U);
}

TEST(HostLimits, AnAccountsDayLastsUntilMidnightAndOthersGoOn) {
  const test::TimeZone zone("UTC0");
  HostSettings settings;
  settings.bytes_per_day_per_account = 1000;
  Lab lab(settings);
  EXPECT_TRUE(lab.limits->meters_traffic());
  const auto one = lab.limits->account("one"), two = lab.limits->account("two");
  lab.limits->preset_day_use(*one, {local_day(lab.clock.wall()), 600});
  lab.limits->preset_day_use(*two, {local_day(lab.clock.wall()) - 1, 5000});
  EXPECT_EQ(lab.limits->kept_away_until(*one), std::nullopt);
  EXPECT_EQ(lab.limits->day_use(*two).bytes, 0U) << "of another day";
  lab.limits->count(*one, HostLimits::Direction::in, 399, 1);
  EXPECT_EQ(lab.limits->kept_away_until(*one), std::nullopt);
  lab.limits->count(*one, HostLimits::Direction::in, 1, 1);
  EXPECT_EQ(lab.limits->kept_away_until(*one), test::at(2024, 1, 9, 0, 0));
  EXPECT_FALSE(lab.limits->may_go_on(*one, TimePoint::min()));
  EXPECT_EQ(lab.limits->day_use(*one), (DayUse{local_day(lab.clock.wall()), 1000}));
  auto connects = lab.ask("one");
  auto reads = lab.start(lab.limits->wait_to_go_on(lab.asker("one"), TimePoint::min()));
  EXPECT_TRUE(lab.ask("two").is_over());
  EXPECT_EQ(lab.limits->kept_away_until(*two), std::nullopt);
  lab.advance(hours(12) - nanoseconds(1));
  EXPECT_FALSE(connects.is_over());
  EXPECT_FALSE(reads.is_over());
  ASSERT_EQ(lab.limits->state().accounts_backing_off.size(), 1U);
  EXPECT_EQ(lab.limits->state().accounts_backing_off.front().first, "one");
  lab.advance(nanoseconds(1));
  EXPECT_TRUE(connects.is_over());
  EXPECT_TRUE(reads.is_over());
  EXPECT_EQ(lab.limits->kept_away_until(*one), std::nullopt);
}

TEST(HostLimits, AccountsThatAreLockedOutForADaySayNothingOfOthers) {
  Lab lab;
  Error locked_out{ErrorKind::unavailable, "exceeded", {}, {}};
  locked_out.retry_after = hours(24);
  for (const char* name : {"one", "two", "three"}) EXPECT_TRUE(lab.fail_once(name, locked_out));
  EXPECT_TRUE(lab.ask("four").is_over());
  EXPECT_FALSE(lab.ask("one").is_over());
}

TEST(HostLimits, OpenSessionsObeyPausesAndStatedTimesToo) {
  Lab lab;
  auto goes_on = lab.start(lab.limits->wait_to_go_on(lab.asker("one"), TimePoint::min()));
  lab.settle();
  EXPECT_TRUE(goes_on.is_over());
  lab.limits->note(*lab.limits->account("one"), told_to_wait(seconds(10)));
  auto held = lab.start(lab.limits->wait_to_go_on(lab.asker("one"), TimePoint::min()));
  auto other = lab.start(lab.limits->wait_to_go_on(lab.asker("two"), TimePoint::min()));
  lab.settle();
  EXPECT_FALSE(held.is_over());
  EXPECT_TRUE(other.is_over());
  lab.advance(seconds(10));
  EXPECT_TRUE(held.is_over());
  lab.limits->back_off(seconds(5));
  held = lab.start(lab.limits->wait_to_go_on(lab.asker("two"), TimePoint::min()));
  lab.advance(seconds(5) - nanoseconds(1));
  EXPECT_FALSE(held.is_over());
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(held.is_over());
  EXPECT_EQ(held.value().error().kind, ErrorKind::canceled);
}

TEST(HostLimits, WhatIsShownHasNames) {
  std::set<std::string_view> names;
  for (std::size_t obstacle = 0; obstacle < obstacles; ++obstacle) names.insert(name_of(static_cast<Obstacle>(obstacle)));
  EXPECT_EQ(names.size(), obstacles);
  EXPECT_EQ(name_of(Obstacle::day_budget), "day_budget");
  EXPECT_EQ(name_of(Breaker::State::closed), "closed");
  EXPECT_EQ(name_of(Breaker::State::open), "open");
  EXPECT_EQ(name_of(Breaker::State::trying), "trying");
}

TEST(HostLimits, WhatOnlyNeedsConnectionsIsNotMetered) {
  EXPECT_FALSE(Lab(with_connections(3, 1)).limits->meters_traffic());
  for (int which = 0; which < 5; ++which) {
    HostSettings settings;
    if (which == 0) settings.bytes_per_second = 1;
    if (which == 1) settings.messages_per_second = 0.1;
    if (which == 2) settings.bytes_per_day = 1;
    if (which == 3) settings.windows = {{hours(1), hours(2)}};
    if (which == 4) settings.meters_traffic = true;
    EXPECT_TRUE(Lab(settings).limits->meters_traffic()) << which;
  }
}

}  // namespace
}  // namespace godwit::limits
