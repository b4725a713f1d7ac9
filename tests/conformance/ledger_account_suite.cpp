// SPDX-License-Identifier: Apache-2.0
// What a ledger knows of accounts as a whole: their rounds, what was left out, what somebody accepted, how many items are at each
// level.
#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

ItemRecord left_out(Uid source_uid, std::uint8_t reason) {
  ItemRecord row;
  row.source_uid = source_uid;
  row.size = 10;
  row.level = Level::left_out;
  row.left_out = reason;
  return row;
}

constexpr InternalDate morning{1'700'000'000, 60}, evening{1'700'040'000, 0};

TEST_P(LedgerSuite, AccountsAreListedInTheirOrder) {
  static_cast<void>(open_account("z", "y"));
  static_cast<void>(open_account("a", "b"));
  static_cast<void>(open_account("z", "y"));
  const auto accounts = get(ledger_->accounts());
  ASSERT_GE(accounts.size(), 2U);
  EXPECT_EQ(accounts[accounts.size() - 2], (AccountIdentity{"z", "y"}));
  EXPECT_EQ(accounts.back(), (AccountIdentity{"a", "b"}));
  static_cast<void>(open_account("c", "y"));
  EXPECT_EQ(get(ledger_->accounts("y")), (std::vector<AccountIdentity>{{"z", "y"}, {"c", "y"}}));
  EXPECT_TRUE(get(ledger_->accounts("z")).empty());
}

TEST_P(LedgerSuite, TheLastRoundIsKnown) {
  EXPECT_EQ(get(account_->last_round()), RoundRecord{});
  get(account_->begin_round(morning, "some rules"));
  EXPECT_EQ(get(account_->last_round()), (RoundRecord{morning, std::nullopt, "some rules"}));
  get(account_->end_round(evening));
  reopen();
  EXPECT_EQ(get(account_->last_round()), (RoundRecord{morning, evening, "some rules"}));
  get(account_->begin_round(evening, "some rules"));
  EXPECT_EQ(get(account_->last_round()).ended, std::nullopt);
}

TEST_P(LedgerSuite, WhatWasLeftOutComesBackAsItWas) {
  const FolderId inbox = open_folder("INBOX");
  ItemRecord row = left_out(7, 5);
  row.flags = flags({"\\Deleted"});
  row.date = morning;
  get(account_->record(inbox, {item(1, 11), row}, {}));
  ASSERT_EQ(all_items(inbox).size(), 2U);
  EXPECT_EQ(all_items(inbox)[1], row);
  EXPECT_EQ(folder(inbox).items, 1U);  // those on the target
  EXPECT_EQ(get(account_->counters()).items, 2U);
  EXPECT_EQ(get(account_->counters()).at(Level::left_out), 1U);
}

TEST_P(LedgerSuite, OtherRulesLookAtEverythingAgain) {
  const FolderId inbox = open_folder("INBOX");
  const FolderToken token{1, 20, 9, 33};
  get(account_->begin_round(morning, "old"));
  get(account_->record(inbox, {item(1, 11), left_out(2, 1), left_out(3, 2)}, {}));
  get(account_->finish_folder(inbox, token, token, 12));
  get(account_->begin_round(evening, "old"));
  EXPECT_EQ(all_items(inbox).size(), 3U);
  EXPECT_EQ(folder(inbox).source_token, token);
  get(account_->begin_round(evening, "new"));
  EXPECT_EQ(source_uids(all_items(inbox)), std::vector<Uid>{1});
  EXPECT_EQ(folder(inbox).source_token, FolderToken{});
  EXPECT_EQ(folder(inbox).target_token, token);
  EXPECT_EQ(get(account_->counters()).items, 1U);
  EXPECT_EQ(get(account_->counters()).at(Level::left_out), 0U);
}

TEST_P(LedgerSuite, WhatWasLeftOutDoesNotVanish) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->record(inbox, {item(1, 11), left_out(2, 1), item(3, 13), left_out(4, 1)}, {}));
  UidSet gone;
  gone.add(UidRange{1, 2});
  get(account_->vanish(inbox, gone));
  EXPECT_EQ(pool_uids(), std::vector<Uid>{1});
  EXPECT_EQ(source_uids(all_items(inbox)), (std::vector<Uid>{3, 4}));
  get(account_->restart_source(inbox, 99));
  EXPECT_EQ(pool_uids(), (std::vector<Uid>{1, 3}));
  EXPECT_TRUE(all_items(inbox).empty());
  EXPECT_EQ(get(account_->counters()).items, 0U);
}

TEST_P(LedgerSuite, AFolderThatWasMadeKeepsWhatIsLeftOut) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->restart_folder(inbox, 5, 0));
  get(account_->set_made(inbox));
  get(account_->record(inbox, {left_out(3, 1)}, {}));
  get(account_->set_target_validity(inbox, 77));
  const FolderRecord record = folder(inbox);
  EXPECT_EQ(record.source_uid_validity, 5U);
  EXPECT_EQ(record.target_uid_validity, 77U);
  EXPECT_EQ(record.target_uid_next, 1U);
  EXPECT_TRUE(record.made_by_us);
  EXPECT_EQ(all_items(inbox).size(), 1U);
  EXPECT_EQ(outcome(account_->set_target_validity(inbox, 78)).error().kind, ErrorKind::bug);
}

TEST_P(LedgerSuite, LevelsAreCounted) {
  const FolderId inbox = open_folder("INBOX"), sent = open_folder("Sent");
  const auto count = [this](Level level) { return get(account_->counters()).at(level); };
  get(account_->record(inbox, items(1, 40, 100), {}));
  get(account_->record(sent, {item(1, 1, Level::listed), item(2, 0), left_out(3, 1)}, {}));
  EXPECT_EQ(count(Level::accepted), 41U);
  UidSet some;
  some.add(UidRange{101, 130});
  get(account_->raise_level(inbox, some, Level::listed));
  get(account_->raise_level(inbox, some, Level::listed));
  EXPECT_EQ(count(Level::accepted), 11U);
  EXPECT_EQ(count(Level::listed), 31U);
  UidSet few;
  few.add(UidRange{129, 134});  // two listed, four accepted
  get(account_->raise_level(inbox, few, Level::proven));
  EXPECT_EQ(count(Level::accepted), 7U);
  EXPECT_EQ(count(Level::listed), 29U);
  EXPECT_EQ(count(Level::proven), 6U);
  get(account_->withdraw(inbox, UidSet::of_range(101, 101)));
  EXPECT_EQ(count(Level::withdrawn), 1U);
  get(account_->record(inbox, {item(5, 505, Level::altered)}, {}));  // was listed
  get(account_->forget_items(inbox, UidSet::of_range(6, 7)));
  EXPECT_EQ(count(Level::listed), 25U);
  EXPECT_EQ(count(Level::altered), 1U);
  reopen();
  const Counters counters = get(account_->counters());
  std::uint64_t sum = 0;
  for (const std::uint64_t each : counters.by_level) sum += each;
  EXPECT_EQ(sum, counters.items);
  EXPECT_EQ(counters.at(Level::left_out), 1U);
}

TEST_P(LedgerSuite, OpenIntentsAreCounted) {
  const FolderId inbox = open_folder("INBOX");
  const BatchId batch = get(account_->begin_batch(inbox, UidSet::of_range(1, 2), 1));
  EXPECT_EQ(get(account_->counters()).open_batches, 1U);
  get(account_->end_batch(batch, inbox, {item(1, 11)}, {}, 0));
  EXPECT_EQ(get(account_->counters()).open_batches, 0U);
}

TEST_P(LedgerSuite, GroupsOfProblemsAreAcceptedUntilTheyGrow) {
  const FolderId inbox = open_folder("INBOX");
  const auto groups = [this] { return get(account_->problem_groups()); };
  EXPECT_TRUE(groups().empty());
  get(account_->record(inbox, {}, {problem(inbox, 1), problem(inbox, 2), problem(inbox, 3, "too_big")}));
  EXPECT_EQ(groups(), (std::vector<ProblemGroup>{{"refused", 2, false}, {"too_big", 1, false}}));
  get(account_->accept_problems("refused"));
  reopen();
  EXPECT_EQ(groups(), (std::vector<ProblemGroup>{{"refused", 2, true}, {"too_big", 1, false}}));
  get(account_->forget_problems(inbox, UidSet::of_range(1, 1)));
  EXPECT_TRUE(groups()[0].is_accepted);
  get(account_->record(inbox, {}, {problem(inbox, 8), problem(inbox, 9)}));
  EXPECT_EQ(groups()[0], (ProblemGroup{"refused", 3, false}));
}

TEST_P(LedgerSuite, TheDigestOfARepairedMessageIsKept) {
  const FolderId inbox = open_folder("INBOX");
  Problem repaired = problem(inbox, 4, "repaired");
  repaired.stored = digest_of(99);
  get(account_->record(inbox, {item(4, 14)}, {repaired, problem(inbox, 5)}));
  EXPECT_EQ(all_problems(), (std::vector<Problem>{repaired, problem(inbox, 5)}));
  EXPECT_EQ(get(account_->counters()).not_moved, 1U);
}

TEST_P(LedgerSuite, ChangesOfFlagsHaveIntentsUntilTheyAreOnRecord) {
  const FolderId inbox = open_folder("INBOX"), sent = open_folder("Sent");
  get(account_->record(inbox, items(1, 3, 100), {}));
  const FlagIntent first{inbox, 1, 101, flags({"\\Seen", "work"}), {}, flags({"\\Seen", "work"})};
  const FlagIntent second{inbox, 2, 102, {}, flags({"\\Flagged"}), {}};
  const FlagIntent other{sent, 2, 5, flags({"\\Seen"}), {}, flags({"\\Seen"})};
  get(account_->begin_flags({first, second, other}));
  reopen();
  EXPECT_EQ(get(account_->flag_intents()), (std::vector<FlagIntent>{first, second, other}));
  EXPECT_EQ(all_items(inbox)[0].flags, MessageFlags{});
  get(account_->set_flags(inbox, {{1, first.synced}}));
  EXPECT_EQ(get(account_->flag_intents()), (std::vector<FlagIntent>{second, other}));
  EXPECT_EQ(all_items(inbox)[0].flags, first.synced);
  get(account_->restart_folder(inbox, 8, 9));
  EXPECT_EQ(get(account_->flag_intents()), std::vector<FlagIntent>{other});
}

TEST_P(LedgerSuite, RemovalsThatWereBegunAreKnown) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->record(inbox, items(1, 3, 100), {}));
  get(account_->vanish(inbox, UidSet::of_range(1, 3)));
  get(account_->begin_removal({entry_of(2)}));
  reopen();
  ASSERT_EQ(pool().size(), 3U);
  EXPECT_FALSE(pool()[0].being_removed);
  EXPECT_TRUE(pool()[1].being_removed);
}

TEST_P(LedgerSuite, WhatWasMovedOnTheTargetIsRelocated) {
  const FolderId inbox = open_folder("INBOX"), sent = open_folder("Sent");
  get(account_->record(inbox, items(1, 2, 100), {}));
  get(account_->vanish(inbox, UidSet::of_range(1, 2)));
  get(account_->relocate_vanished(entry_of(1), sent, 77));
  EXPECT_EQ(pool()[0].folder, sent);
  EXPECT_EQ(pool()[0].item.target_uid, 77U);
  EXPECT_EQ(folder(inbox).vanished, 1U);
  EXPECT_EQ(folder(sent).vanished, 1U);
  EXPECT_TRUE(get(account_->target_uids(sent, 1)).contains(77));
  EXPECT_EQ(outcome(account_->relocate_vanished(9999, sent, 1)).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace godwit::ledger
