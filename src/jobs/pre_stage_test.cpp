// SPDX-License-Identifier: Apache-2.0
#include "jobs/pre_stage.h"

#include <gtest/gtest.h>

#include "jobs/test_migration.h"
#include "limits/test_clock.h"

namespace godwit::jobs {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

class PreStageTest : public MigrationLab, public testing::Test {
 protected:
  PreStageTest() { options_.accounts_at_once = 4; }

  // Twelve messages, one for each month of 2024, of some 1000 bytes each, in two folders.
  Pair& add_year(const std::string& name) {
    Pair& pair = add_account(name, 0);
    const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int month = 0; month < 12; ++month) {
      pair.source.folder(month % 2 == 0 ? "INBOX" : "Archive")
          .add(test::message_named(fmt::format("{} {}", name, month), 1000), {}, fmt::format("10-{}-2024 10:00:00 +0000", months[month]));
    }
    return pair;
  }
  void pre_stage(std::chrono::sys_seconds before, std::uint64_t size_at_least = 0) {
    options_.round.rules.until = before;
    options_.work = make_pre_stage(size_at_least);
    options_.is_pre_stage = true;
    test::run_task(make_again().run());
  }
  void run_wave() {
    options_.round.rules.until.reset();
    options_.work = make_round;
    options_.is_pre_stage = false;
    test::run_task(make_again().run());
  }
  static std::size_t stored(Pair& pair) {
    return pair.target.folder("INBOX").messages.size() + pair.target.folder("Archive").messages.size();
  }
};

TEST_F(PreStageTest, OldMailGoesFirstOverSeveralNightsAndNothingTwice) {
  Pair& pair = add_year("account");
  pre_stage(sys_days{2024y / 4 / 1});
  JobStatus status = *migration_->status("account");
  EXPECT_EQ(status.state, State::pre_staged);
  EXPECT_FALSE(status.verdict) << "it is not moved, and so there is nothing to judge";
  EXPECT_EQ(status.result.copied, 3U);
  EXPECT_EQ(stored(pair), 3U);
  EXPECT_EQ(migration_->snapshot().count(State::moved), 0U);
  pre_stage(sys_days{2024y / 9 / 1});
  EXPECT_EQ(migration_->status("account")->result.copied, 5U);
  pre_stage(sys_days{2024y / 9 / 1});
  EXPECT_EQ(migration_->status("account")->result.copied, 0U) << "once more";
  run_wave();
  status = *migration_->status("account");
  EXPECT_EQ(status.state, State::moved);
  EXPECT_EQ(status.result.copied, 4U);
  EXPECT_EQ(status.result.matched, 0U) << "nothing had to be found again";
  ASSERT_TRUE(status.verdict);
  EXPECT_LE(status.verdict->grade, report::Grade::good);
  EXPECT_EQ(pair.source.bodies, 12U) << "each body was read once";
  expect_equal(pair);
}

TEST_F(PreStageTest, WhatChangesBetweenThemIsCarriedOverByTheWave) {
  Pair& pair = add_year("account");
  pre_stage(sys_days{2024y / 9 / 1});
  adapters::MemoryFolder& inbox = pair.source.folder("INBOX");
  inbox.set_flags(1, test::flags_of({"\\Seen"}));
  inbox.remove(2);
  inbox.add(test::message_named("account late"), {}, "10-Feb-2024 10:00:00 +0000");
  run_wave();
  EXPECT_EQ(migration_->status("account")->state, State::moved);
  expect_equal(pair);
}

TEST_F(PreStageTest, SmallMailboxesAreLeftToTheirWave) {
  Pair& large = add_year("large");
  Pair& small = add_year("small");
  for (auto& [name, folder] : small.source.folders) folder.messages.resize(3);
  pre_stage(sys_days{2024y / 9 / 1}, 10'000);
  EXPECT_EQ(stored(large), 8U);
  EXPECT_EQ(stored(small), 0U);
  EXPECT_EQ(migration_->status("small")->state, State::pre_staged);
  EXPECT_EQ(migration_->status("small")->result.folders, 0U);
  EXPECT_GT(migration_->status("large")->result.folders, 0U);
  EXPECT_EQ(small.source.bodies, 0U);
  options_.round.rules.exclude = sync::parse_rules({.exclude = {"Archive"}})->exclude;
  pre_stage(sys_days{2025y / 1 / 1}, 10'000);
  EXPECT_EQ(migration_->status("large")->result.folders, 0U) << "what is left out does not count";
  options_.round.rules.exclude.clear();
  run_wave();
  expect_equal(large);
  expect_equal(small);
}

TEST_F(PreStageTest, AMailboxThatCannotBeMeasuredIsAFailureOfItsOwn) {
  add_year("account").source.lose_session_at = 2;
  Pair& other = add_year("other");
  options_.attempts = 1;
  pre_stage(sys_days{2024y / 9 / 1}, 5000);
  EXPECT_EQ(migration_->status("account")->state, State::failed);
  EXPECT_EQ(stored(other), 8U);
}

TEST_F(PreStageTest, WhatIsNotMovedIsToldAtOnce) {
  Pair& pair = add_year("account");
  pair.target.refuses = [](const std::string& bytes) { return bytes.find("account 2\r\n") != std::string::npos; };
  pre_stage(sys_days{2024y / 9 / 1});
  EXPECT_EQ(migration_->status("account")->state, State::incomplete);
  EXPECT_EQ(migration_->status("account")->result.not_moved, 1U);
}

}  // namespace
}  // namespace godwit::jobs
