// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/ledger_suite.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* source_name = "imaps://alice@example.com@old.example.com:993";
constexpr const char* target_name = "imaps://alice@example.com@new.example.org:993";

// Makes all the calls before the first is answered; returns how many failed.
int failures_of(std::vector<Task<Result<>>> calls) {
  boost::asio::io_context context(1);
  int failures = 0;
  for (auto& call : calls) {
    boost::asio::co_spawn(context, std::move(call), [&](std::exception_ptr thrown, Result<> result) {
      failures += thrown || !result ? 1 : 0;
    });
  }
  context.run();
  return failures;
}

}  // namespace

void LedgerSuite::reopen() {
  account_.reset();
  ledger_.reset();
  ledger_ = value_of(place_->open());
  account_ = open_account(source_name, target_name);
}

FolderRecord LedgerSuite::folder(FolderId id) {
  for (FolderRecord& record : get(account_->folders())) {
    if (record.id == id) return record;
  }
  throw std::runtime_error("no such folder");
}

std::vector<Uid> LedgerSuite::pool_uids() {
  std::vector<Uid> uids;
  for (const VanishedItem& entry : pool()) uids.push_back(entry.item.source_uid);
  return uids;
}

VanishedId LedgerSuite::entry_of(Uid source_uid) {
  for (const VanishedItem& entry : pool()) {
    if (entry.item.source_uid == source_uid) return entry.id;
  }
  throw std::runtime_error("no such entry");
}

TEST_P(LedgerSuite, FoldersAreMadeOnceAndListedInOrder) {
  EXPECT_THAT(get(account_->folders()), IsEmpty());
  const FolderRecord inbox = get(account_->open_folder("INBOX", "INBOX"));
  EXPECT_EQ(inbox.source_name, "INBOX");
  EXPECT_EQ(inbox.target_name, "INBOX");
  EXPECT_EQ(inbox.target_uid_next, 1U);
  EXPECT_EQ(inbox.source_uid_validity + inbox.target_uid_validity, 0U);
  EXPECT_EQ(inbox.source_token, FolderToken());
  EXPECT_EQ(inbox.target_token, FolderToken());
  EXPECT_EQ(inbox.items + inbox.open_batches, 0U);
  const FolderRecord sent = get(account_->open_folder("Sent", "Gesendet"));
  const FolderRecord archive = get(account_->open_folder("Archive", "Archive"));
  EXPECT_EQ(get(account_->open_folder("INBOX", "INBOX")).id, inbox.id);
  EXPECT_EQ(get(account_->open_folder("Sent", "Sent Items")).id, sent.id);
  EXPECT_EQ(folder(sent.id).target_name, "Sent Items");
  std::vector<FolderId> ids;
  for (const auto& record : get(account_->folders())) ids.push_back(record.id);
  EXPECT_THAT(ids, ElementsAre(inbox.id, sent.id, archive.id));
}

TEST_P(LedgerSuite, ReopeningAFolderByNameKeepsWhatIsKnownOfIt) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->restart_folder(inbox, 11, 22));
  get(account_->record(inbox, items(1, 3), {}));
  get(account_->finish_folder(inbox, {11, 4, 3, 77}, {22, 9, 3, 88}, 9));
  const FolderRecord again = get(account_->open_folder("INBOX", "In"));
  EXPECT_EQ(again.source_uid_validity, 11U);
  EXPECT_EQ(again.target_uid_validity, 22U);
  EXPECT_EQ(again.target_uid_next, 9U);
  EXPECT_EQ(again.source_token, (FolderToken{11, 4, 3, 77}));
  EXPECT_EQ(again.target_token, (FolderToken{22, 9, 3, 88}));
  EXPECT_EQ(again.items, 3U);
}

TEST_P(LedgerSuite, NamesAndHeadersKeepEveryByte) {
  const std::string odd("\xff\xfe & ü\0'\"\r\n%\\", 15);
  const FolderId id = get(account_->open_folder(odd, odd + "t")).id;
  EXPECT_NE(open_folder(odd.substr(0, 8)), id);
  Problem trouble = problem(id, 1);
  trouble.subject = trouble.from = trouble.date = trouble.server_text = trouble.folder_name = odd;
  get(account_->record(id, {}, {trouble}));
  reopen();
  EXPECT_EQ(folder(id).source_name, odd);
  EXPECT_EQ(folder(id).target_name, odd + "t");
  EXPECT_THAT(all_problems(), ElementsAre(trouble));
}

TEST_P(LedgerSuite, ItemsComeBackAsTheyWereInPages) {
  const FolderId id = open_folder("INBOX");
  ItemRecord first = item(7, 0);
  first.size = std::uint64_t{5} << 32;
  first.flags = flags({"\\Seen", "\\Draft", "$Forwarded", "project-x"});
  ItemRecord second = item(9, 4'294'967'295, Level::proven);
  second.flags = flags({"\\Answered", "\\Flagged", "\\Deleted"});
  ItemRecord third = item(4'294'967'295, 3, Level::altered);
  third.flags = flags({"PROJECT-X"});
  third.digest = {};
  third.size = 0;
  get(account_->record(id, {third, first, second}, {}));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(all_items(id), ElementsAre(first, second, third));
    EXPECT_EQ(all_items(id).front().flags.keywords, first.flags.keywords);
    EXPECT_THAT(get(account_->items(id, 8, 1)), ElementsAre(second));
    EXPECT_THAT(get(account_->items(id, 9, 9)), ElementsAre(second, third));
    EXPECT_THAT(get(account_->items(id, 10, 9)), ElementsAre(third));
    EXPECT_THAT(get(account_->items(id, 1, 0)), IsEmpty());
    EXPECT_THAT(get(account_->items(id + 1, 1, 9)), IsEmpty());
    reopen();
  }
}

TEST_P(LedgerSuite, ItemsAreReplacedBySourceUid) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, {item(1, 0), item(2, 12)}, {}));
  EXPECT_EQ(folder(id).items, 1U);
  ItemRecord later = item(1, 31, Level::listed);
  later.size = 5;
  later.flags = flags({"$Junk"});
  get(account_->record(id, {later}, {}));
  EXPECT_THAT(all_items(id), ElementsAre(later, item(2, 12)));
  EXPECT_EQ(folder(id).items, 2U);
  const Counters counters = get(account_->counters());
  EXPECT_EQ(counters.items, 2U);
  EXPECT_EQ(counters.bytes, 5U + 1002U);
}

TEST_P(LedgerSuite, TargetUidsAreFoundWhateverTheirOrder) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, {item(1, 30), item(2, 10), item(3, 0), item(4, 20), item(5, 11, Level::listed)}, {}));
  get(account_->record(other, {item(1, 15)}, {}));
  EXPECT_EQ(get(account_->target_uids(id, 0)).to_string(), "10:11,20,30");
  EXPECT_EQ(get(account_->target_uids(id, 11)).to_string(), "11,20,30");
  EXPECT_TRUE(get(account_->target_uids(id, 31)).empty());
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "10,20,30");
  EXPECT_EQ(get(account_->target_uids_at(id, Level::listed)).to_string(), "11");
  EXPECT_TRUE(get(account_->target_uids_at(id, Level::proven)).empty());
  EXPECT_EQ(source_uids(get(account_->items_by_target(id, UidSet({{11, 19}, {21, 40}})))), (std::vector<Uid>{1, 5}));
  EXPECT_THAT(get(account_->items_by_target(id, UidSet::of_range(20, 20))), ElementsAre(item(4, 20)));
  EXPECT_THAT(get(account_->items_by_target(id, UidSet())), IsEmpty());
  EXPECT_THAT(get(account_->items_by_target(id, UidSet::of_range(15, 15))), IsEmpty());
}

TEST_P(LedgerSuite, IntentsStayOpenUntilTheirResult) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  const BatchId first = get(account_->begin_batch(id, UidSet({{1, 5}, {9, 9}}), 100));
  const BatchId second = get(account_->begin_batch(id, UidSet::of_range(20, 30), 106));
  const BatchId foreign = get(account_->begin_batch(other, UidSet::of_range(1, 1), 3));
  EXPECT_EQ((std::set<BatchId>{first, second, foreign}).size(), 3U);
  reopen();
  const auto open = get(account_->open_batches(id));
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].id, first);
  EXPECT_EQ(open[0].source_uids.to_string(), "1:5,9");
  EXPECT_EQ(open[0].target_uid_next, 100U);
  EXPECT_EQ(open[1].id, second);
  EXPECT_EQ(open[1].source_uids.to_string(), "20:30");
  EXPECT_EQ(folder(id).open_batches, 2U);
  get(account_->end_batch(first, id, items(1, 5, 99), {problem(id, 9)}, 105));
  EXPECT_EQ(folder(id).open_batches, 1U);
  EXPECT_EQ(folder(id).target_uid_next, 105U);
  EXPECT_EQ(folder(id).items, 5U);
  EXPECT_THAT(all_problems(), ElementsAre(problem(id, 9)));
  get(account_->end_batch(second, id, items(20, 30), {}, 0));
  EXPECT_EQ(folder(id).target_uid_next, 105U) << "0 leaves the fence alone";
  EXPECT_THAT(get(account_->open_batches(id)), IsEmpty());
  EXPECT_EQ(get(account_->open_batches(other)).size(), 1U);
}

TEST_P(LedgerSuite, AResultWithoutItsIntentIsRefusedAndLeavesNothing) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  const BatchId settled = get(account_->begin_batch(id, UidSet::of_range(1, 2), 1));
  get(account_->settle(id, 50));
  EXPECT_EQ(folder(id).target_uid_next, 50U);
  EXPECT_EQ(folder(id).open_batches, 0U);
  const BatchId open = get(account_->begin_batch(id, UidSet::of_range(1, 2), 50));
  EXPECT_FALSE(outcome(account_->end_batch(settled, id, items(1, 2), {problem(id, 3)}, 60)).has_value());
  EXPECT_FALSE(outcome(account_->end_batch(open, other, items(1, 2), {}, 60)).has_value());
  EXPECT_THAT(all_items(id), IsEmpty());
  EXPECT_THAT(all_items(other), IsEmpty());
  EXPECT_THAT(all_problems(), IsEmpty());
  EXPECT_EQ(folder(id).target_uid_next, 50U);
  EXPECT_EQ(get(account_->open_batches(id)).size(), 1U);
  get(account_->end_batch(open, id, items(1, 2), {}, 52));
  EXPECT_FALSE(outcome(account_->end_batch(open, id, items(1, 2), {}, 53)).has_value()) << "only once";
  EXPECT_EQ(folder(id).target_uid_next, 52U);
}

TEST_P(LedgerSuite, IdsOfIntentsDoNotComeAgain) {
  const FolderId id = open_folder("INBOX");
  std::set<BatchId> seen;
  for (int i = 0; i < 6; ++i) {
    const BatchId batch = get(account_->begin_batch(id, UidSet::of_range(1, 2), 1));
    EXPECT_TRUE(seen.insert(batch).second);
    get(account_->end_batch(batch, id, {}, {}, 0));
    if (i % 2 == 0) reopen();
  }
}

TEST_P(LedgerSuite, AnUnknownFolderIsAnError) {
  const FolderId id = open_folder("INBOX");
  const auto expect_bug = [](const auto& result) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::bug);
  };
  expect_bug(outcome(account_->begin_batch(id + 1, UidSet::of_range(1, 2), 1)));
  expect_bug(outcome(account_->record(id + 1, items(1, 1), {})));
  expect_bug(outcome(account_->record(id + 1, {}, {problem(id + 1, 1)})));
  expect_bug(outcome(account_->settle(id + 1, 4)));
  expect_bug(outcome(account_->restart_folder(id + 1, 4, 5)));
  expect_bug(outcome(account_->forget_items(id + 1, UidSet::of_range(1, 2))));
  expect_bug(outcome(account_->finish_folder(id + 1, {}, {}, 5)));
  EXPECT_EQ(get(account_->counters()).items + get(account_->counters()).problems, 0U);
  EXPECT_THAT(all_items(id + 1), IsEmpty());
}

TEST_P(LedgerSuite, ProblemsAreReplacedAndGoWhenTheItemMoved) {
  const FolderId sent = open_folder("Sent");
  const FolderId inbox = open_folder("INBOX");
  get(account_->record(inbox, {}, {problem(inbox, 5), problem(inbox, 2)}));
  get(account_->record(sent, {}, {problem(sent, 9)}));
  EXPECT_THAT(all_problems(), ElementsAre(problem(sent, 9), problem(inbox, 2), problem(inbox, 5)));
  EXPECT_THAT(get(account_->problems(1, 1)), ElementsAre(problem(inbox, 2)));
  EXPECT_THAT(get(account_->problems(3, 5)), IsEmpty());
  EXPECT_EQ(get(account_->counters()).problems, 3U);
  get(account_->record(inbox, {}, {problem(inbox, 5, "too_big")}));
  EXPECT_THAT(all_problems(), ElementsAre(problem(sent, 9), problem(inbox, 2), problem(inbox, 5, "too_big")));
  EXPECT_EQ(get(account_->counters()).problems, 3U);
  const BatchId batch = get(account_->begin_batch(inbox, UidSet::of_range(5, 5), 1));
  get(account_->end_batch(batch, inbox, items(4, 5), {}, 0));
  EXPECT_THAT(all_problems(), ElementsAre(problem(sent, 9), problem(inbox, 2)));
  EXPECT_EQ(get(account_->counters()).problems, 2U);
  get(account_->record(inbox, {item(2, 8, Level::altered)}, {problem(inbox, 2, "altered")}));
  EXPECT_THAT(all_problems(), ElementsAre(problem(sent, 9), problem(inbox, 2, "altered")));
  EXPECT_EQ(source_uids(all_items(inbox)), (std::vector<Uid>{2, 4, 5}));
}

TEST_P(LedgerSuite, LevelsAreOnlyRaised) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, {item(1, 11), item(2, 12, Level::listed), item(3, 13, Level::proven), item(4, 14, Level::altered),
                            item(5, 15), item(6, 0)}, {}));
  get(account_->record(other, items(1, 3, 10), {}));
  const auto levels = [&] {
    std::string text;
    for (const ItemRecord& row : all_items(id)) text += std::to_string(static_cast<int>(row.level));
    return text;
  };
  get(account_->raise_level(id, UidSet(), Level::listed));
  EXPECT_EQ(levels(), "123411");
  get(account_->raise_level(id, UidSet::of_range(11, 14), Level::listed));
  EXPECT_EQ(levels(), "223411");
  get(account_->raise_level(id, UidSet({{12, 12}, {15, 15}}), Level::proven));
  EXPECT_EQ(levels(), "233431");
  get(account_->raise_level(id, UidSet::of_range(11, 15), Level::listed));
  EXPECT_EQ(levels(), "233431");
  EXPECT_EQ(get(account_->target_uids_at(other, Level::accepted)).to_string(), "11:13");
  EXPECT_EQ(get(account_->counters()).items, 9U);
}

TEST_P(LedgerSuite, LevelsOfLargeFoldersAreRaisedAgainAndAgain) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(20'001, 45'000), {}));
  get(account_->raise_level(id, UidSet({{20'001, 30'000}, {30'002, 45'000}}), Level::listed));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "30001");
  EXPECT_EQ(get(account_->target_uids_at(id, Level::listed)).size(), 24'999U);
  get(account_->record(id, {item(100, 50'000), item(46'000, 50'001)}, {}));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "30001,50000:50001");
  get(account_->raise_level(id, UidSet({{30'001, 30'001}, {50'001, 50'001}}), Level::listed));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "50000");
  get(account_->raise_level(id, UidSet::of_range(1, 60'000), Level::listed));
  EXPECT_TRUE(get(account_->target_uids_at(id, Level::accepted)).empty());
  get(account_->record(id, {item(44'000, 44'000)}, {}));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "44000");
  get(account_->raise_level(id, UidSet::of_range(1, 60'000), Level::proven));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::proven)).size(), 25'002U);
}

TEST_P(LedgerSuite, FlagsAreSetForKnownItems) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(1, 3), {}));
  get(account_->set_flags(id, {{1, flags({"\\Seen", "work"})}, {3, flags({"a", "b"})}, {4, flags({"\\Draft"})}}));
  get(account_->set_flags(id, {{3, flags({})}}));
  const auto rows = all_items(id);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].flags, flags({"\\Seen", "work"}));
  EXPECT_EQ(rows[1].flags, MessageFlags());
  EXPECT_EQ(rows[2].flags, MessageFlags());
}

TEST_P(LedgerSuite, KeywordListsOfAFailedCallAreNotRemembered) {
  const FolderId id = open_folder("INBOX");
  std::vector<ItemRecord> rows = items(1, 1);
  rows[0].flags = flags({"red", "green"});
  EXPECT_FALSE(outcome(account_->end_batch(99, id, rows, {}, 0)).has_value());
  EXPECT_FALSE(outcome(account_->record(id + 1, rows, {})).has_value());
  get(account_->record(id, rows, {}));
  EXPECT_THAT(all_items(id), ElementsAre(rows[0]));
  reopen();
  EXPECT_THAT(all_items(id), ElementsAre(rows[0]));
}

TEST_P(LedgerSuite, ForgottenItemsLeaveTheCounters) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, {item(1, 1), item(2, 0), item(3, 3), item(4, 4)}, {problem(id, 3, "altered")}));
  get(account_->record(other, items(1, 4), {}));
  get(account_->forget_items(id, UidSet({{2, 3}, {9, 12}})));
  EXPECT_EQ(source_uids(all_items(id)), (std::vector<Uid>{1, 4}));
  EXPECT_EQ(folder(id).items, 2U);
  EXPECT_EQ(folder(other).items, 4U);
  EXPECT_EQ(get(account_->counters()).items, 6U);
  EXPECT_EQ(get(account_->counters()).bytes, 1001U + 1004U + 1001U + 1002U + 1003U + 1004U);
  EXPECT_EQ(all_problems().size(), 1U);
}

TEST_P(LedgerSuite, RestartClearsOneFolderOnly) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  for (const FolderId each : {id, other}) {
    get(account_->restart_folder(each, 5, 6));
    get(account_->record(each, items(1, 3), {problem(each, 4)}));
    static_cast<void>(get(account_->begin_batch(each, UidSet::of_range(5, 6), 9)));
    get(account_->finish_folder(each, {5, 7, 4, 1}, {6, 9, 3, 2}, 9));
  }
  const FolderRecord before = folder(other);
  get(account_->restart_folder(id, 5, 66));
  for (int pass = 0; pass < 2; ++pass) {
    const FolderRecord cleared = folder(id);
    EXPECT_EQ(cleared.source_uid_validity, 5U);
    EXPECT_EQ(cleared.target_uid_validity, 66U);
    EXPECT_EQ(cleared.target_uid_next, 1U);
    EXPECT_EQ(cleared.source_token, FolderToken());
    EXPECT_EQ(cleared.target_token, FolderToken());
    EXPECT_EQ(cleared.items + cleared.open_batches, 0U);
    EXPECT_THAT(all_items(id), IsEmpty());
    EXPECT_THAT(get(account_->open_batches(id)), IsEmpty());
    EXPECT_TRUE(get(account_->target_uids_at(id, Level::accepted)).empty());
    EXPECT_EQ(folder(other).source_token, before.source_token);
    EXPECT_EQ(folder(other).items, 3U);
    EXPECT_EQ(folder(other).open_batches, 1U);
    EXPECT_THAT(all_problems(), ElementsAre(problem(other, 4)));
    EXPECT_EQ(get(account_->counters()).items, 3U);
    EXPECT_EQ(get(account_->counters()).problems, 1U);
    reopen();
  }
  get(account_->record(id, items(1, 1), {}));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "1");
}

TEST_P(LedgerSuite, RestartClearsALargeFolder) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(1, 25'000), {}));
  get(account_->restart_folder(id, 7, 8));
  EXPECT_THAT(all_items(id), IsEmpty());
  EXPECT_EQ(folder(id).items, 0U);
  EXPECT_EQ(folder(id).source_uid_validity, 7U);
  EXPECT_EQ(get(account_->counters()).items + get(account_->counters()).bytes, 0U);
}

TEST_P(LedgerSuite, FinishingNotesTokensAndFence) {
  const FolderId id = open_folder("INBOX");
  const FolderToken source{1, 2, 3, ~std::uint64_t{0} >> 1};
  const FolderToken target{4'294'967'295, 4'294'967'295, 6, 0};
  get(account_->finish_folder(id, source, target, 4'294'967'295));
  get(account_->finish_folder(id, source, target, 0));
  EXPECT_EQ(folder(id).source_token, source);
  EXPECT_EQ(folder(id).target_token, target);
  EXPECT_EQ(folder(id).target_uid_next, 4'294'967'295U);
}

TEST_P(LedgerSuite, AccountsAreKnownByBothNames) {
  const auto other = open_account(source_name, "imaps://alice@example.com@third.example.org:993");
  const auto swapped = open_account(target_name, source_name);
  const auto same = open_account(source_name, target_name);
  const FolderId id = open_folder("INBOX");
  const FolderId theirs = get(other->open_folder("INBOX", "INBOX")).id;
  get(account_->record(id, items(1, 3), {problem(id, 4)}));
  get(other->record(theirs, items(1, 5), {}));
  EXPECT_EQ(get(same->folders()).size(), 1U);
  EXPECT_EQ(get(same->counters()).items, 3U);
  EXPECT_EQ(get(other->counters()).items, 5U);
  EXPECT_EQ(get(other->counters()).problems, 0U);
  EXPECT_THAT(get(other->problems(0, 9)), IsEmpty());
  EXPECT_THAT(get(swapped->folders()), IsEmpty());
}

TEST_P(LedgerSuite, AccountsAreTheSameAfterReopening) {
  {
    const auto other = open_account("a", "b");
    const auto third = open_account("a", "c");
    static_cast<void>(get(other->open_folder("of b", "")));
    static_cast<void>(get(third->open_folder("of c", "")));
    static_cast<void>(open_folder("first"));
  }
  reopen();
  EXPECT_EQ(get(open_account("a", "c")->folders()).at(0).source_name, "of c");
  EXPECT_EQ(get(open_account("a", "b")->folders()).at(0).source_name, "of b");
  EXPECT_EQ(get(account_->folders()).at(0).source_name, "first");
}

TEST_P(LedgerSuite, HostFactsAreKept) {
  EXPECT_EQ(get(ledger_->host_fact("imaps://h:993", "multiappend")), std::nullopt);
  get(ledger_->set_host_fact("imaps://h:993", "multiappend", "no"));
  get(ledger_->set_host_fact("imaps://h:993", "nul", ""));
  get(ledger_->set_host_fact("imaps://g:993", "multiappend", "yes"));
  get(ledger_->set_host_fact("imaps://h:993", "multiappend", "BAD"));
  reopen();
  EXPECT_EQ(get(ledger_->host_fact("imaps://h:993", "multiappend")), "BAD");
  EXPECT_EQ(get(ledger_->host_fact("imaps://g:993", "multiappend")), "yes");
  EXPECT_EQ(get(ledger_->host_fact("imaps://h:993", "nul")), "");
  EXPECT_EQ(get(ledger_->host_fact("imaps://g:993", "nul")), std::nullopt);
}

TEST_P(LedgerSuite, CallsTakeEffectInTheOrderInWhichTheyWereMade) {
  const FolderId id = open_folder("INBOX");
  std::vector<Task<Result<>>> calls;
  for (std::uint32_t fence = 1; fence <= 200; ++fence) calls.push_back(account_->settle(id, fence));
  EXPECT_EQ(failures_of(std::move(calls)), 0);
  EXPECT_EQ(folder(id).target_uid_next, 200U);
}

TEST_P(LedgerSuite, AFailingCallDoesNotHarmItsNeighbours) {
  const FolderId id = open_folder("INBOX");
  std::vector<Task<Result<>>> calls;
  for (Uid uid = 1; uid <= 300; ++uid) {
    // Every third names a batch that is not open.
    calls.push_back(uid % 3 == 0 ? account_->end_batch(4711, id, items(uid, uid), {problem(id, uid + 1000)}, uid)
                                 : account_->record(id, items(uid, uid), {}));
  }
  EXPECT_EQ(failures_of(std::move(calls)), 100);
  EXPECT_EQ(all_items(id).size(), 200U);
  EXPECT_EQ(get(account_->counters()).items, 200U);
  EXPECT_THAT(all_problems(), IsEmpty());
}

// Random calls on the ledger and on plain maps give the same, also after reopening.
TEST_P(LedgerSuite, AgreesWithASimpleModel) {
  struct Model {
    std::map<Uid, ItemRecord> rows;
    std::map<Uid, Problem> problems;
    std::vector<BatchId> open;
    std::uint32_t fence = 1;
  };
  std::mt19937 random(20'240'229);
  const auto below = [&](Uid limit) { return static_cast<Uid>(random() % limit); };
  std::vector<FolderId> ids{open_folder("a"), open_folder("b"), open_folder("c")};
  std::map<FolderId, Model> models;
  const std::vector<MessageFlags> some_flags{{}, flags({"\\Seen"}), flags({"x"}), flags({"\\Draft", "x", "y"}), flags({"X y"})};
  const auto some_items = [&] {
    std::map<Uid, ItemRecord> rows;
    for (Uid n = below(8); n > 0; --n) {
      ItemRecord row = item(1 + below(60), below(90), static_cast<Level>(1 + below(5)));
      row.hazards = static_cast<std::uint8_t>(below(3));
      row.flags = some_flags[below(static_cast<Uid>(some_flags.size()))];
      rows[row.source_uid] = row;
    }
    return rows;
  };
  const auto list = [](const auto& map) {
    std::vector<typename std::decay_t<decltype(map)>::mapped_type> values;
    for (const auto& [key, value] : map) values.push_back(value);
    return values;
  };
  for (int step = 0; step < 600; ++step) {
    const FolderId id = ids[below(3)];
    Model& model = models[id];
    const auto put = [&](const std::map<Uid, ItemRecord>& rows, const std::map<Uid, Problem>& problems) {
      for (const auto& [uid, row] : rows) {
        model.rows[uid] = row;
        model.problems.erase(uid);
      }
      for (const auto& [uid, trouble] : problems) model.problems[uid] = trouble;
    };
    std::map<Uid, Problem> troubles;
    if (const Uid uid = below(60); uid > 30) troubles[uid] = problem(id, uid, uid % 3 == 0 ? "conflict" : "kind" + std::to_string(step));
    const auto rows = some_items();
    const Uid first = 1 + below(90);
    const UidSet range = UidSet::of_range(first, first + below(20));
    switch (below(9)) {
      case 0:
        get(account_->record(id, list(rows), list(troubles)));
        put(rows, troubles);
        break;
      case 1:
        model.open.push_back(get(account_->begin_batch(id, range, model.fence)));
        break;
      case 2:
        if (model.open.empty()) break;
        get(account_->end_batch(model.open.back(), id, list(rows), list(troubles), first));
        model.open.pop_back();
        model.fence = first;
        put(rows, troubles);
        break;
      case 3: {
        const auto level = static_cast<Level>(2 + below(4));
        get(account_->raise_level(id, range, level));
        for (auto& [uid, row] : model.rows) {
          if (range.contains(row.target_uid)) row.level = std::max(row.level, level);
        }
        break;
      }
      case 4:
        get(account_->forget_items(id, range));
        std::erase_if(model.rows, [&](const auto& row) { return range.contains(row.first); });
        break;
      case 5:
        if (below(4) != 0) break;
        get(account_->restart_folder(id, first, first));
        model = Model();
        break;
      case 6:
        get(account_->settle(id, first));
        model.open.clear();
        model.fence = first;
        break;
      case 7: {
        const MessageFlags set = some_flags[below(static_cast<Uid>(some_flags.size()))];
        get(account_->set_flags(id, {{first, set}}));
        if (const auto row = model.rows.find(first); row != model.rows.end()) row->second.flags = set;
        break;
      }
      default:
        if (below(8) == 0) reopen();
    }
    ASSERT_EQ(all_items(id), list(model.rows)) << "step " << step;
    const FolderRecord record = folder(id);
    ASSERT_EQ(record.target_uid_next, model.fence) << "step " << step;
    ASSERT_EQ(record.open_batches, model.open.size()) << "step " << step;
    const auto located = std::ranges::count_if(model.rows, [](const auto& row) { return row.second.target_uid != 0; });
    ASSERT_EQ(record.items, static_cast<std::uint64_t>(located)) << "step " << step;
    UidSet accepted;
    std::map<std::uint8_t, UidSet> by_hazards;
    for (const auto& [uid, row] : model.rows) {
      if (row.level != Level::accepted || row.target_uid == 0) continue;
      accepted.add(row.target_uid);
      by_hazards[row.hazards].add(row.target_uid);
    }
    ASSERT_EQ(get(account_->target_uids_at(id, Level::accepted)), accepted) << "step " << step;
    ASSERT_EQ(get(account_->accepted_by_hazards(id)), by_hazards) << "step " << step;
    Counters sums;
    std::vector<Problem> troubles_of_all;
    for (const auto& [folder_id, each] : models) {
      sums.items += each.rows.size();
      for (const auto& [uid, row] : each.rows) sums.bytes += row.size;
      for (const auto& [uid, trouble] : each.problems) troubles_of_all.push_back(trouble);
      for (const auto& [uid, trouble] : each.problems) sums.not_moved += trouble.kind != "conflict" ? 1 : 0;
    }
    const Counters counters = get(account_->counters());
    ASSERT_EQ(counters.items, sums.items) << "step " << step;
    ASSERT_EQ(counters.bytes, sums.bytes) << "step " << step;
    ASSERT_EQ(counters.problems, troubles_of_all.size()) << "step " << step;
    ASSERT_EQ(counters.not_moved, sums.not_moved) << "step " << step;
    ASSERT_EQ(all_problems(), troubles_of_all) << "step " << step;
  }
}

}  // namespace godwit::ledger
