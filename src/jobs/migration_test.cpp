// SPDX-License-Identifier: Apache-2.0
#include "jobs/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <thread>

#include "jobs/test_migration.h"
#include "limits/test_clock.h"

namespace godwit::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class MigrationTest : public MigrationLab, public testing::Test {};

TEST_F(MigrationTest, MovesEveryAccountAndSaysHowItWent) {
  for (int i = 0; i < 12; ++i) add_account(fmt::format("account-{:02}", i), i);
  Migration& migration = make();
  test::run_task(migration.run());
  const Snapshot snapshot = migration.snapshot();
  EXPECT_EQ(snapshot.count(State::moved), 12U);
  EXPECT_EQ(snapshot.messages_done, 66U);
  ASSERT_EQ(snapshot.jobs.size(), 12U);
  for (int i = 0; i < 12; ++i) {
    const JobStatus& status = snapshot.jobs[static_cast<std::size_t>(i)];
    EXPECT_EQ(status.name, fmt::format("account-{:02}", i));
    EXPECT_EQ(status.result.copied, static_cast<std::uint64_t>(i));
    ASSERT_TRUE(status.verdict);
    EXPECT_LE(status.verdict->grade, report::Grade::good);
    EXPECT_TRUE(status.began && status.ended);
  }
  for (const auto& pair : pairs_) expect_equal(*pair);
}

TEST_F(MigrationTest, OneBadAccountStopsNoOther) {
  add_account("good-1");
  add_account("bad").failures.assign(20, Error{ErrorKind::auth, "the server refused the login", "no", {}});
  add_account("good-2");
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("good-1")->state, State::moved);
  EXPECT_EQ(migration.status("good-2")->state, State::moved);
  const JobStatus bad = *migration.status("bad");
  EXPECT_EQ(bad.state, State::failed);
  EXPECT_EQ(bad.attempts, 1) << "what a person has to mend is not tried again";
  ASSERT_TRUE(bad.error);
  EXPECT_EQ(bad.error->kind, ErrorKind::auth);
  EXPECT_THAT(bad.error->where, HasSubstr("source"));
}

TEST_F(MigrationTest, WhatMayPassIsTriedAgainAndNotForEver) {
  const Error lost{ErrorKind::network, "connection refused", {}, {}};
  options_.attempts = 3;
  Pair& comes_back = add_account("comes-back");
  comes_back.failures.assign(2, lost);
  add_account("stays-away").failures.assign(20, lost);
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("comes-back")->state, State::moved);
  EXPECT_EQ(migration.status("comes-back")->attempts, 0);
  expect_equal(comes_back);
  EXPECT_EQ(migration.status("stays-away")->state, State::failed);
  EXPECT_EQ(std::ranges::count(opened_, "stays-away"), 3);
}

TEST_F(MigrationTest, AnAccountWhoseDayIsUsedUpGivesItsPlaceToOthers) {
  // At noon, wherever that is now: midnight is far.
  const auto hour = std::chrono::duration_cast<std::chrono::hours>(std::chrono::system_clock::now().time_since_epoch()).count() % 24;
  const limits::test::TimeZone zone(fmt::format("XXX{}", hour - 12).c_str());
  options_.accounts_at_once = 1;
  limits::HostSettings settings;
  settings.bytes_per_day_per_account = 1000;
  source_limits_ = *limits::HostLimits::make("old", settings);
  add_account("large", 200);
  add_account("small", 1);
  Migration& migration = make();
  std::thread stopper([&] {
    const auto is_done = [&] {
      return migration.status("small")->state == State::moved && migration.status("large")->next_attempt.has_value();
    };
    for (int i = 0; i < 12'000 && !is_done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    migration.stop();
  });
  test::run_task(migration.run());
  stopper.join();
  EXPECT_EQ(migration.status("small")->state, State::moved);
  const JobStatus large = *migration.status("large");
  EXPECT_EQ(large.state, State::waiting);
  EXPECT_EQ(large.error, std::nullopt);
  EXPECT_EQ(large.attempts, 0);
  ASSERT_TRUE(large.next_attempt);
  EXPECT_GT(*large.next_attempt, std::chrono::system_clock::now() + std::chrono::hours(10));
  EXPECT_LT(*large.next_attempt, std::chrono::system_clock::now() + std::chrono::hours(14));
  const auto& target = pairs_[0]->target.folders;
  std::size_t moved = 0;
  for (const auto& [name, folder] : target) moved += test::contents(folder).size();
  EXPECT_GT(moved, 0U);
  EXPECT_LT(moved, 200U);
}

TEST_F(MigrationTest, WavesGoInTheirOrderThenPriorityThenAsGiven) {
  options_.accounts_at_once = 1;
  add_account("late", 3, "night 2", 2, 9);
  add_account("a", 3, "night 1", 1);
  add_account("b", 3, "night 1", 1);
  add_account("urgent", 3, "night 1", 1, 5);
  add_account("pilot", 3, "pilot", 0);
  test::run_task(make().run());
  EXPECT_THAT(opened_, ElementsAre("pilot", "urgent", "a", "b", "late"));
}

TEST_F(MigrationTest, AHeldWaveWaitsForItsOpening) {
  options_.held_waves = {"night 1"};
  Pair& held = add_account("held", 5, "night 1", 1);
  add_account("pilot", 5, "pilot", 0);
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("held")->state, State::waiting);
  EXPECT_EQ(migration.status("pilot")->state, State::moved);
  migration.open_wave("night 1");
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("held")->state, State::moved);
  expect_equal(held);
}

TEST_F(MigrationTest, APauseEndsWhatIsAtWorkAndAResumeGoesOn) {
  for (int i = 0; i < 6; ++i) add_account(fmt::format("account-{}", i), 200);
  Migration& migration = make();
  int calls = 0;
  pairs_[0]->target.on_call = [&] {
    if (++calls == 4) migration.pause();
  };
  std::size_t moved_when_paused = 0;
  std::thread resumer([&] {
    while (!migration.snapshot().is_paused || migration.snapshot().count(State::running) > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    moved_when_paused = migration.snapshot().count(State::moved);
    const auto before = pairs_[0]->target.calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    EXPECT_EQ(pairs_[0]->target.calls, before) << "nothing goes on while it is paused";
    migration.resume();
  });
  test::run_task(migration.run());
  resumer.join();
  EXPECT_LT(moved_when_paused, 6U);
  EXPECT_THAT(observer_.ends, testing::Contains("account-0 waiting"));
  EXPECT_THAT(observer_.ends, testing::Contains("account-0 moved"));
  EXPECT_EQ(migration.snapshot().count(State::moved), 6U);
  EXPECT_EQ(migration.status("account-0")->attempts, 0);
  for (const auto& pair : pairs_) expect_equal(*pair);
}

TEST_F(MigrationTest, AStopEndsItAndTheNextProcessGoesOn) {
  for (int i = 0; i < 6; ++i) add_account(fmt::format("account-{}", i), 100);
  Migration& migration = make();
  int calls = 0;
  pairs_[0]->target.on_call = [&] {
    if (++calls == 4) migration.stop();
  };
  test::run_task(migration.run());
  const Snapshot stopped = migration.snapshot();
  EXPECT_EQ(stopped.count(State::running), 0U);
  EXPECT_GT(stopped.count(State::waiting), 0U);
  pairs_[0]->target.on_call = nullptr;
  Migration& next = make_again();
  test::run_task(next.run());
  EXPECT_EQ(next.snapshot().count(State::moved), 6U);
  for (const auto& pair : pairs_) expect_equal(*pair);
}

TEST_F(MigrationTest, SingleAccountsAreCanceledHeldReleasedAndTriedAgain) {
  options_.accounts_at_once = 1;
  Pair& first = add_account("first");
  Pair& held = add_account("held");
  Pair& canceled = add_account("canceled");
  Migration& migration = make();
  EXPECT_FALSE(migration.cancel("nobody"));
  EXPECT_FALSE(migration.hold("nobody"));
  EXPECT_TRUE(migration.hold("held"));
  EXPECT_TRUE(migration.cancel("canceled"));
  EXPECT_FALSE(migration.cancel("canceled")) << "it is over";
  std::thread releaser([&] {
    while (migration.status("first")->state != State::moved) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(migration.status("held")->state, State::waiting);
    EXPECT_TRUE(migration.release("held"));
  });
  test::run_task(migration.run());
  releaser.join();
  EXPECT_THAT(opened_, ElementsAre("first", "held"));
  expect_equal(first);
  expect_equal(held);
  EXPECT_EQ(migration.status("canceled")->state, State::canceled);
  EXPECT_TRUE(migration.retry("canceled"));
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("canceled")->state, State::moved);
  expect_equal(canceled);
}

TEST_F(MigrationTest, AnAccountAtWorkIsCanceledAtTheNextMessage) {
  Pair& pair = add_account("account", 300);
  Migration& migration = make();
  int calls = 0;
  pair.target.on_call = [&] {
    if (++calls == 1) EXPECT_TRUE(migration.cancel("account"));
  };
  test::run_task(migration.run());
  EXPECT_EQ(migration.status("account")->state, State::canceled);
  EXPECT_LT(pair.target.folder("INBOX").messages.size() + pair.target.folder("Sent").messages.size(), 300U);
}

TEST_F(MigrationTest, AllAccountsTogetherHaveNoMoreConnectionsThanTheServerAllows) {
  limits::HostSettings settings;
  settings.connections = 3;
  source_limits_ = *limits::HostLimits::make("old", settings);
  std::atomic<unsigned> most = 0;
  for (int i = 0; i < 12; ++i) {
    Pair& pair = add_account(fmt::format("account-{:02}", i), 30);
    pair.source.on_call = [&] {
      const unsigned open = source_limits_->state().connections_open;
      for (unsigned before = most; open > before && !most.compare_exchange_weak(before, open);) {
      }
    };
  }
  options_.accounts_at_once = 10;
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.snapshot().count(State::moved), 12U);
  EXPECT_LE(most, 3U);
  EXPECT_GE(most, 1U);
  for (const auto& pair : pairs_) expect_equal(*pair);
}

TEST_F(MigrationTest, SeveralSourcesGoIntoOneTargetOneAfterTheOther) {
  Pair& first = add_account("first", 40);
  std::atomic<int> at_work = 0, most = 0;
  for (const char* name : {"second", "third"}) {
    Pair& pair = add_account(name, 40);
    jobs_.back().identity.target = jobs_.front().identity.target;
    jobs_.back().target = jobs_.front().target;
    pair.source.folders["Sent"].uid_validity = 7;
  }
  for (Job& job : jobs_) {
    job.source = [inner = job.source, &at_work, &most] {
      most = std::max(most.load(), ++at_work);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      --at_work;
      return inner();
    };
  }
  Migration& migration = make();
  test::run_task(migration.run());
  EXPECT_EQ(migration.snapshot().count(State::moved), 3U);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(first.target.folder("INBOX").messages.size() + first.target.folder("Sent").messages.size(), 120U);
}

TEST_F(MigrationTest, ManyAccountsOverlapAndNoMoreThanAllowed) {
  std::atomic<int> at_work = 0, most = 0;
  for (int i = 0; i < 30; ++i) {
    Pair& pair = add_account(fmt::format("account-{:02}", i), 10);
    pair.on_open = [&] {
      int now = ++at_work;
      int before = most;
      while (now > before && !most.compare_exchange_weak(before, now)) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --at_work;
    };
  }
  options_.accounts_at_once = 5;
  Migration& migration = make();
  std::size_t most_running = 0;
  std::atomic<bool> is_over = false;
  std::thread watcher([&] {
    while (!is_over) most_running = std::max(most_running, migration.snapshot(Migration::Which::running).jobs.size());
  });
  test::run_task(migration.run());
  is_over = true;
  watcher.join();
  EXPECT_LE(most_running, 5U);
  EXPECT_GT(most, 1) << "on several threads";
  EXPECT_EQ(migration.snapshot().count(State::moved), 30U);
}

}  // namespace
}  // namespace godwit::jobs
