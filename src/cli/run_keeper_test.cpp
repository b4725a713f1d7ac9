// SPDX-License-Identifier: Apache-2.0
#include "cli/run_keeper.h"

#include <gtest/gtest.h>

#include "cli/run_here.h"
#include "cli/waves.h"
#include "jobs/test_migration.h"
#include "limits/test_clock.h"

namespace godwit::cli {
namespace {

using limits::HostLimits;
using limits::test::at;
using Direction = HostLimits::Direction;

class RunKeeperTest : public jobs::MigrationLab, public testing::Test {
 protected:
  RunKeeperTest() : zone_("UTC0") { ledger_ = *ledger::open_sqlite_ledger(folder_.path() / "ledger"); }

  std::shared_ptr<HostLimits> limits(std::uint64_t bytes_per_day = 1000) {
    limits::HostSettings settings;
    settings.bytes_per_day = bytes_per_day;
    return *HostLimits::make("imaps://mail.example.com:993", settings, clock_.clock());
  }
  // One account, as in a process that has just begun.
  DayUses day_uses(const std::shared_ptr<HostLimits>& source, const std::shared_ptr<HostLimits>& target) {
    plan::Account account;
    account.source = "old";
    account.target = "new";
    jobs::Job job;
    job.name = "alice";
    job.source_limits = source;
    job.target_limits = target;
    return {std::vector<plan::Account>{account}, std::vector<jobs::Job>{job}};
  }
  std::string fact(const std::string& key) {
    return run_here(ledger_->host_fact("imaps://mail.example.com:993", key)).value().value_or("nothing");
  }

  limits::test::TimeZone zone_;
  limits::test::TestClock clock_{at(2024, 1, 8, 12, 0)};
};

TEST_F(RunKeeperTest, TheBudgetOfADayOutlivesTheProcess) {
  const auto source = limits(), target = limits();
  DayUses first = day_uses(source, target);
  ASSERT_TRUE(run_here(first.preset(*ledger_)));
  EXPECT_EQ(source->day_use().bytes, 0U);
  source->count(Direction::in, 700, 1);
  target->count(Direction::out, 300, 1);
  ASSERT_TRUE(run_here(first.keep(*ledger_)));

  const auto source_again = limits(), target_again = limits();
  const DayUses second = day_uses(source_again, target_again);
  ASSERT_TRUE(run_here(second.preset(*ledger_)));
  EXPECT_EQ(source_again->day_use().bytes, 700U);
  EXPECT_EQ(target_again->day_use().bytes, 300U) << "two ends on one host are two budgets";
  source_again->count(Direction::in, 300, 1);
  EXPECT_EQ(source_again->state().stopped_by, limits::Obstacle::day_budget);

  clock_.advance(std::chrono::hours(12));
  const auto next_day = limits();
  ASSERT_TRUE(run_here(day_uses(next_day, limits()).preset(*ledger_)));
  EXPECT_EQ(next_day->day_use().bytes, 0U) << "another day";
}

TEST_F(RunKeeperTest, TheBudgetOfEachAccountOutlivesTheProcess) {
  limits::HostSettings settings;
  settings.bytes_per_day_per_account = 1000;
  const auto make = [&] { return *HostLimits::make("imaps://mail.example.com:993", settings, clock_.clock()); };
  const auto source = make();
  DayUses first = day_uses(source, limits());
  ASSERT_TRUE(run_here(first.preset(*ledger_)));
  source->count(*source->account("alice"), Direction::in, 1000, 1);
  ASSERT_TRUE(run_here(first.keep(*ledger_)));
  const auto again = make();
  ASSERT_TRUE(run_here(day_uses(again, limits()).preset(*ledger_)));
  EXPECT_EQ(again->day_use(*again->account("alice")).bytes, 1000U);
  EXPECT_TRUE(again->kept_away_until(*again->account("alice")));
  EXPECT_FALSE(again->kept_away_until(*again->account("bob")));
}

TEST_F(RunKeeperTest, OnlyWhatHasChangedIsWritten) {
  const auto source = limits();
  DayUses uses = day_uses(source, source);
  source->count(Direction::in, 700, 1);
  ASSERT_TRUE(run_here(uses.keep(*ledger_)));
  EXPECT_EQ(fact("day use of source old"), "19730 700");
  EXPECT_EQ(fact("day use of target new"), "nothing") << "the same limits are kept once";
  ASSERT_TRUE(run_here(ledger_->set_host_fact(source->host(), "day use of source old", "left alone")));
  ASSERT_TRUE(run_here(uses.keep(*ledger_)));
  EXPECT_EQ(fact("day use of source old"), "left alone");
  source->count(Direction::in, 1, 0);
  ASSERT_TRUE(run_here(uses.keep(*ledger_)));
  EXPECT_EQ(fact("day use of source old"), "19730 701");
}

TEST_F(RunKeeperTest, WhatIsNoDaysUseIsTakenForNothing) {
  for (const char* text : {"", " ", "19730", "19730 ", "19730 x", "19730 -5", "19730 5 ", "99999999999999999999 5",
                           "19730 99999999999999999999"}) {
    ASSERT_TRUE(run_here(ledger_->set_host_fact("imaps://mail.example.com:993", "day use of source old", text)));
    const auto source = limits();
    ASSERT_TRUE(run_here(day_uses(source, limits()).preset(*ledger_)));
    EXPECT_EQ(source->day_use().bytes, 0U) << text;
  }
}

TEST_F(RunKeeperTest, KeepsAtTheEndOfARunWhatItMovedAndWhichWavesHaveEnded) {
  source_limits_ = limits(0);
  target_limits_ = source_limits_;
  add_account("one", 5, "whole");
  add_account("two", 5, "part");
  options_.waves = {{.name = "whole"}, {.name = "part"}};
  jobs::Migration& migration = make_again();
  plan::Account account;
  account.source = "old";
  account.target = "new";
  RunKeeper keeper(migration, *ledger_, DayUses({account, account}, jobs_), {"whole"});
  int warnings = 0;
  const auto began = std::chrono::steady_clock::now();
  test::run_task(keeper.run([&warnings](const Error&) { ++warnings; }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(9)) << "the end is not waited for";
  EXPECT_EQ(migration.snapshot().count(jobs::State::moved), 2U);
  EXPECT_EQ(warnings, 0);
  EXPECT_EQ(fact("day use of source old"), fmt::format("19730 {}", source_limits_->day_use().bytes));
  EXPECT_GT(source_limits_->day_use().bytes, 0U);

  Organisation organisation;
  organisation.plan.waves = {{.name = "whole"}, {.name = "part"}, {.name = "after", .after = "part"}, {.name = "nobody"}};
  organisation.people = {{"whole", 1}, {"part", 3}, {"after", 1}};
  const auto times = wave_times(organisation, *ledger_);
  ASSERT_TRUE(times);
  EXPECT_TRUE(times->at(0).has_ended);
  EXPECT_FALSE(times->at(1).has_ended) << "accounts of it were not in the run";
  EXPECT_FALSE(times->at(2).has_ended);
  EXPECT_EQ(times->at(2).after, "part");
  EXPECT_TRUE(times->at(3).has_ended) << "nobody is in it";
}

TEST_F(RunKeeperTest, AWaveIsWholeWhenNobodyOfItIsMissing) {
  Organisation organisation;
  organisation.people = {{"one", 2}, {"two", 1}, {"three", 1}};
  for (const char* wave : {"one", "two"}) {
    plan::Account account;
    account.wave = wave;
    organisation.accounts.push_back(std::move(account));
  }
  EXPECT_EQ(whole_waves(organisation), std::set<std::string>{"two"});
}

}  // namespace
}  // namespace godwit::cli
