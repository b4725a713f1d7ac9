// SPDX-License-Identifier: Apache-2.0
// Waves of a migration by a clock that is turned by hand.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "jobs/test_migration.h"
#include "limits/test_clock.h"

namespace godwit::jobs {
namespace {

using limits::test::at;
using std::chrono::days;
using std::chrono::hours;
using Why = WaveWait::Why;

class MigrationWavesTest : public MigrationLab, public testing::Test {
 protected:
  MigrationWavesTest() { options_.clock = clock_.clock(); }

  static limits::WeeklyWindows nights() {
    std::vector<limits::WeeklyWindow> all;
    for (int day = 0; day < 7; ++day) all.push_back({days(day) + hours(22), (days(day) + hours(30)) % limits::whole_week});
    return limits::WeeklyWindows::of(all, limits::Zone::of("UTC").value()).value();
  }
  // Beside run(), on a thread of its own.
  void run_while(const std::function<void(Migration&)>& beside) {
    Migration& migration = make();
    std::thread other([&] { beside(migration); });
    test::run_task(migration.run());
    other.join();
  }
  static void await(const std::function<bool()>& is_so) {
    while (!is_so()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

  limits::test::TestClock clock_{at(2024, 1, 8, 12, 0)};
};

TEST_F(MigrationWavesTest, AccountsBeginOnlyInTheirWindowAndStopAtItsEnd) {
  options_.waves = {{.name = "night", .windows = nights()}};
  options_.round.batch_messages = 5;
  options_.round.bytes_in_flight = 1 << 20;
  constexpr std::size_t messages = 200, bytes = 50'000;  // ten times what one account may have in flight
  Pair& pair = add_account("account", 0, "night");
  for (std::size_t i = 0; i < messages; ++i) pair.source.folder("INBOX").add(test::message_named(std::to_string(i), bytes));
  add_account("free", 3);
  std::atomic<bool> is_closed_early = false;
  int calls = 0;
  pair.target.on_call = [&] {
    if (++calls == 8 && !is_closed_early.exchange(true)) {
      clock_.advance(hours(8));  // 06:00
      await([&] { return static_cast<bool>(migration_->status("account")->wait); });
    }
  };
  run_while([&](Migration& migration) {
    await([&] { return migration.status("free")->state == State::moved; });
    EXPECT_EQ(migration.status("account")->state, State::waiting);
    EXPECT_EQ(migration.status("account")->wait.until, at(2024, 1, 8, 22, 0));
    const Snapshot snapshot = migration.snapshot();
    ASSERT_EQ(snapshot.waves.size(), 1U);
    EXPECT_EQ(snapshot.waves[0].name, "night");
    EXPECT_EQ(snapshot.waves[0].accounts, 1U);
    EXPECT_EQ(std::ranges::count(opened_, "account"), 0);
    clock_.advance(hours(10));
    await([&] { return is_closed_early && migration.status("account")->state == State::waiting; });
    const JobStatus waiting = *migration.status("account");
    EXPECT_EQ(waiting.wait.until, at(2024, 1, 9, 22, 0));
    EXPECT_EQ(waiting.attempts, 0) << "the end of a window is no failure";
    EXPECT_FALSE(waiting.error);
    EXPECT_LT(pair.target.folder("INBOX").messages.size(), messages);
    clock_.advance(hours(16));
  });
  EXPECT_EQ(migration_->status("account")->state, State::moved);
  EXPECT_EQ(std::ranges::count(opened_, "account"), 2);
  expect_equal(pair);
}

TEST_F(MigrationWavesTest, AWaveBeginsWhenTheOneBeforeHasEnded) {
  options_.waves = {{.name = "first"}, {.name = "second", .after = "first"}};
  options_.accounts_at_once = 10;
  for (int i = 0; i < 3; ++i) add_account("first-" + std::to_string(i), 30, "first", 0);
  for (int i = 0; i < 3; ++i) add_account("second-" + std::to_string(i), 3, "second", 1, 9);
  Pair& fails = *pairs_[1];
  fails.failures.assign(20, Error{ErrorKind::auth, "the server refused the login", "no", {}});
  pairs_[2]->failures.assign(2, Error{ErrorKind::network, "connection refused", {}, {}});
  test::run_task(make().run());
  const auto is_of = [](const char* wave) { return [wave](const std::string& name) { return name.starts_with(wave); }; };
  const auto first_of_second = std::ranges::find_if(opened_, is_of("second"));
  const auto last_of_first = std::find_if(opened_.rbegin(), opened_.rend(), is_of("first"));
  EXPECT_LE(last_of_first.base() - opened_.begin(), first_of_second - opened_.begin()) << testing::PrintToString(opened_);
  EXPECT_EQ(std::ranges::count(opened_, "first-2"), 3) << "what may pass by itself is waited for";
  EXPECT_EQ(migration_->status("first-1")->state, State::failed);
  EXPECT_EQ(migration_->snapshot().count(State::moved), 5U) << "what has failed holds nobody up";
  EXPECT_EQ(migration_->ended_waves(), (std::set<std::string>{"first", "second"}));
}

TEST_F(MigrationWavesTest, WhatIsHeldByOrderHoldsNobodyUp) {
  options_.waves = {{.name = "first"}, {.name = "second", .after = "first"}};
  add_account("held", 3, "first", 0);
  add_account("next", 3, "second", 1);
  Migration& migration = make();
  EXPECT_TRUE(migration.hold("held"));
  std::thread other([&] {
    await([&] { return migration.status("next")->state == State::moved; });
    EXPECT_TRUE(migration.release("held"));
  });
  test::run_task(migration.run());
  other.join();
  EXPECT_EQ(migration.snapshot().count(State::moved), 2U);
}

TEST_F(MigrationWavesTest, ARunEndsWhenOnlyAnotherOneCouldHelp) {
  options_.waves = {{.name = "first"}, {.name = "second", .after = "first"}};
  add_account("account", 3, "second", 1);
  test::run_task(make().run());
  const JobStatus status = *migration_->status("account");
  EXPECT_EQ(status.state, State::waiting);
  EXPECT_EQ(status.wait.why, Why::other_wave);
  EXPECT_TRUE(status.wait.is_stuck);
  EXPECT_TRUE(migration_->ended_waves().empty());
  options_.waves[0].has_ended = true;
  test::run_task(make_again().run());
  EXPECT_EQ(migration_->status("account")->state, State::moved);
  EXPECT_FALSE(migration_->status("account")->wait);
}

TEST_F(MigrationWavesTest, ASignOffOpensWhatComesAfterThePilot) {
  options_.waves = {{.name = "pilot"}, {.name = "rest"}, {.name = "last", .after = "rest"}};
  options_.held_waves = {"rest", "last"};
  add_account("pilot", 3, "pilot", 0);
  add_account("rest", 3, "rest", 1);
  add_account("last", 3, "last", 2);
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("last")->wait.why, Why::sign_off);
  EXPECT_EQ(migration.held_waves(), (std::set<std::string>{"rest", "last"}));
  migration.open_wave("rest");
  migration.open_wave("last");
  EXPECT_EQ(migration.status("last")->wait.other, "rest");
  test::run_task(migration.run());
  EXPECT_EQ(migration.snapshot().count(State::moved), 3U);
  EXPECT_EQ(opened_.back(), "last");
}

}  // namespace
}  // namespace godwit::jobs
