// SPDX-License-Identifier: Apache-2.0
// What pages over all accounts need of a ledger: when commands were at work, and what became of each account at last.
#include <gmock/gmock.h>

#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const InternalDate evening{1'700'000'000, 60};
const InternalDate morning{1'700'030'000, 0};

RunRecord run_of(RunId id) {
  return {.id = id, .command = "migrate", .began = evening, .ended = std::nullopt, .settings = "{'a'}", .estimate = "", .timeline = "\xc3\xa4"};
}

TEST_P(LedgerSuite, RunsComeBackInTheirOrderAndAreBroughtUpToDate) {
  EXPECT_THAT(get(ledger_->runs()), IsEmpty());
  const RunId first = get(ledger_->begin_run(run_of(77)));
  const RunId second = get(ledger_->begin_run(run_of(0)));
  EXPECT_NE(first, second);
  RunRecord changed = run_of(first);
  changed.command = "finish";
  changed.ended = morning;
  changed.settings = "other";
  changed.estimate = "8 h";
  changed.timeline = "";
  get(ledger_->update_run(changed));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(get(ledger_->runs()), ElementsAre(changed, run_of(second)));
    reopen();
  }
  EXPECT_GT(get(ledger_->begin_run(run_of(0))), second);
}

TEST_P(LedgerSuite, ARunThatIsNotThereIsNotMade) {
  const auto refused = outcome(ledger_->update_run(run_of(5)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::not_found);
  EXPECT_THAT(get(ledger_->runs()), IsEmpty());
}

TEST_P(LedgerSuite, TheLastSummaryOfAnAccountStays) {
  const auto known = get(ledger_->accounts());
  const AccountSummary bob{{"bob", "new"}, "moved"};
  get(ledger_->set_summary(bob));
  get(ledger_->set_summary({{"alice", "new"}, "running"}));
  get(ledger_->set_summary({{"alice", "new"}, "failed: \"x\""}));
  get(ledger_->set_summary({{"alice", "newer"}, ""}));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(get(ledger_->summaries()), ElementsAre(AccountSummary{{"alice", "new"}, "failed: \"x\""}, AccountSummary{{"alice", "newer"}, ""}, bob));
    EXPECT_EQ(get(ledger_->accounts()), known);
    reopen();
  }
}

}  // namespace
}  // namespace godwit::ledger
