// SPDX-License-Identifier: Apache-2.0
#include "inventory/recorded.h"

#include <gtest/gtest.h>

#include "inventory/test_inventory.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"

namespace godwit::inventory {
namespace {

class RecordedTest : public testing::Test {
 protected:
  RecordedTest() {
    for (std::size_t i = 1; i <= 5; ++i) source_.folder("INBOX").add(bytes(100 * i));
    source_.folder("Sent").add(bytes(7));
    target_.folder("INBOX");
    target_.host = "new";
  }

  sync::RoundResult move(sync::Rules rules = {}) {
    const auto ledger = *ledger::open_sqlite_ledger(folder_.path() / "ledger");
    const auto from = adapters::make_memory_source(source_);
    const auto to = adapters::make_memory_target(target_);
    sync::RoundOptions round_options;
    round_options.rules = std::move(rules);
    round_options.quiet_time = std::chrono::milliseconds(1);
    const std::atomic<bool> stop = false;
    sync::Round round(*from, *to, *ledger, round_options, stop, [](const sync::Event&) {});
    return test::run_task(round.run());
  }

  Recorded count() {
    InventoryOptions settings = options();
    settings.keeps_uids = true;
    const AccountInventory inventory = inventory_of(source_, settings).value();
    const auto ledger = *ledger::open_sqlite_ledger(folder_.path() / "ledger");
    const ledger::AccountIdentity identity{adapters::make_memory_source(source_)->identity(),
                                           adapters::make_memory_target(target_)->identity()};
    const Recorded recorded = test::run_task(count_recorded(*ledger, identity, inventory)).value();
    accounts_ = test::run_task(ledger->accounts()).value().size();
    return recorded;
  }

  adapters::MemoryMailbox source_, target_;
  test::TemporaryFolder folder_;
  std::size_t accounts_ = 0;  // on record after count()
};

TEST_F(RecordedTest, NothingIsOnRecordOfAnAccountThatTheLedgerDoesNotKnow) {
  EXPECT_EQ(count().done, Tally());
  EXPECT_EQ(accounts_, 0U) << "looking has made it";
}

TEST_F(RecordedTest, WhatWasMovedAndIsStillThere) {
  ASSERT_FALSE(move().error);
  EXPECT_EQ(count().done, (Tally{6, 1507}));
  source_.folder("INBOX").remove(5);
  source_.folder("INBOX").add(bytes(50));
  EXPECT_EQ(count().done, (Tally{5, 1007})) << "what is gone on the source does not count, nor what is new there";
}

TEST_F(RecordedTest, WhatRulesHaveLeftOutIsNotDone) {
  sync::Rules rules;
  rules.size_limit = 250;
  ASSERT_FALSE(move(rules).error);
  EXPECT_EQ(count().done, (Tally{3, 307}));
}

TEST_F(RecordedTest, AFolderThatWasReplacedHasNothingOnRecord) {
  ASSERT_FALSE(move().error);
  source_.folder("INBOX").uid_validity = 99;
  EXPECT_EQ(count().done, (Tally{1, 7}));
}

TEST_F(RecordedTest, WhatWasNotMovedIsTold) {
  target_.refuses = [](const std::string& message) { return message.size() == 300; };
  const auto result = move();
  ASSERT_EQ(result.not_moved, 1U);
  const Recorded recorded = count();
  EXPECT_EQ(recorded.done, (Tally{5, 1207}));
  EXPECT_EQ(recorded.not_moved, 1U);
}

}  // namespace
}  // namespace godwit::inventory
