// SPDX-License-Identifier: Apache-2.0
// What later rounds need of a ledger: what is known of an item besides its place, rows that are withdrawn, folders that are
// renamed or go, the account's route, and problems that are none of moving.
#include <gmock/gmock.h>

#include <limits>

#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

template <class T>
void expect_error(const Result<T>& result, ErrorKind kind) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, kind) << describe(result.error());
}

ItemRecord with_hazards(Uid source_uid, Uid target_uid, std::uint8_t hazards, Level level = Level::accepted) {
  ItemRecord row = item(source_uid, target_uid, level);
  row.hazards = hazards;
  return row;
}

std::map<std::uint8_t, std::string> texts(const std::map<std::uint8_t, UidSet>& sets) {
  std::map<std::uint8_t, std::string> texts;
  for (const auto& [hazards, uids] : sets) texts[hazards] = uids.to_string();
  return texts;
}

TEST_P(LedgerSuite, DateHazardsOriginAndObjectIdComeBack) {
  const FolderId id = open_folder("INBOX");
  std::vector<ItemRecord> rows = items(1, 6);
  rows[0].date = InternalDate{837'596'665, -420};
  rows[1].date = InternalDate{0, 0};
  rows[2].date = InternalDate{-12'345, 1439};
  rows[3].date = InternalDate::parse("31-Dec-9999 23:59:59 -2359");
  rows[1].hazards = 255;
  rows[2].hazards = 1;
  rows[2].brought = rows[4].brought = true;
  rows[3].object_id = std::numeric_limits<std::uint64_t>::max();
  rows[4].object_id = 1;
  get(account_->record(id, rows, {}));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(all_items(id), rows);
    EXPECT_EQ(get(account_->items_by_target(id, UidSet::of_range(1, 9))), rows);
    reopen();
  }
  const BatchId batch = get(account_->begin_batch(id, UidSet::of_range(2, 2), 1));
  get(account_->end_batch(batch, id, items(2, 2), {}, 0));
  EXPECT_THAT(get(account_->items(id, 2, 1)), ElementsAre(item(2, 2))) << "replaced whole";
}

TEST_P(LedgerSuite, WithdrawnItemsStaySo) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, {item(1, 11), item(2, 12, Level::listed), item(3, 13, Level::proven), item(4, 14, Level::altered),
                            item(5, 0), item(6, 16)}, {}));
  get(account_->record(other, items(1, 6, 10), {}));
  get(account_->withdraw(id, UidSet::of_range(1, 14)));
  for (const Level level : {Level::listed, Level::proven, Level::altered}) {
    get(account_->raise_level(id, UidSet::of_range(1, 99), level));
  }
  reopen();
  std::string levels;
  for (const ItemRecord& row : all_items(id)) levels += std::to_string(static_cast<int>(row.level));
  EXPECT_EQ(levels, "555514");
  EXPECT_EQ(get(account_->target_uids_at(id, Level::withdrawn)).to_string(), "11:14");
  EXPECT_EQ(get(account_->target_uids(id, 0)).to_string(), "11:14,16") << "they are not unknown to the fence";
  EXPECT_EQ(folder(id).items, 5U);
  EXPECT_EQ(get(account_->counters()).items, 12U);
  EXPECT_TRUE(get(account_->target_uids_at(other, Level::withdrawn)).empty());
  EXPECT_EQ(get(account_->target_uids_at(other, Level::accepted)).to_string(), "11:16");
}

TEST_P(LedgerSuite, SourceUidsAreThoseOfTheFoldersRows) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  EXPECT_TRUE(get(account_->source_uids(id)).empty());
  get(account_->record(id, {item(3, 0), item(1, 11), item(2, 12, Level::proven), item(9, 19)}, {}));
  get(account_->record(other, items(100, 6, 10), {}));
  get(account_->withdraw(id, UidSet::of_range(12, 12)));
  get(account_->vanish(id, UidSet::of_range(9, 9)));
  reopen();
  EXPECT_EQ(get(account_->source_uids(id)).to_string(), "1:3");
}

TEST_P(LedgerSuite, LargeFoldersAreWithdrawnWhole) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(1, 25'000), {}));
  get(account_->withdraw(id, UidSet({{1, 12'000}, {12'002, 30'000}})));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::withdrawn)).to_string(), "1:12000,12002:25000");
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "12001");
  EXPECT_THAT(texts(get(account_->accepted_by_hazards(id))), ElementsAre(Pair(0, "12001")));
}

TEST_P(LedgerSuite, AcceptedRowsAreKnownByTheirHazards) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  EXPECT_THAT(get(account_->accepted_by_hazards(id)), IsEmpty());
  get(account_->record(id, {with_hazards(1, 30, 0), with_hazards(2, 20, 255), with_hazards(3, 10, 3), with_hazards(4, 11, 3),
                            with_hazards(5, 12, 0), with_hazards(6, 0, 3), with_hazards(7, 13, 3, Level::listed)}, {}));
  get(account_->record(other, {with_hazards(1, 1, 7)}, {}));
  const auto in_folder = [&] { return texts(get(account_->accepted_by_hazards(id))); };
  EXPECT_THAT(in_folder(), ElementsAre(Pair(0, "12,30"), Pair(3, "10:11"), Pair(255, "20")));

  // What has hazards waits below until it is read back, while what comes later is settled above it.
  get(account_->raise_level(id, UidSet({{12, 12}, {30, 30}}), Level::listed));
  get(account_->record(id, items(100, 104), {}));
  get(account_->raise_level(id, UidSet::of_range(100, 102), Level::listed));
  reopen();
  EXPECT_THAT(in_folder(), ElementsAre(Pair(0, "103:104"), Pair(3, "10:11"), Pair(255, "20")));
  get(account_->raise_level(id, UidSet::of_range(10, 11), Level::proven));
  get(account_->raise_level(id, UidSet::of_range(20, 20), Level::altered));
  EXPECT_THAT(in_folder(), ElementsAre(Pair(0, "103:104")));
  get(account_->raise_level(id, UidSet::of_range(1, 200), Level::listed));
  EXPECT_THAT(in_folder(), IsEmpty());
  EXPECT_THAT(texts(get(account_->accepted_by_hazards(other))), ElementsAre(Pair(7, "1")));
}

TEST_P(LedgerSuite, LookUpsByTargetComeInPages) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(1, 50, 100), {}));
  const UidSet wanted({{103, 103}, {110, 119}, {130, 130}, {150, 180}});
  std::vector<Uid> found;
  for (Uid from = 0;;) {
    const auto page = get(account_->items_by_target(id, wanted, from, 5));
    ASSERT_LE(page.size(), 5U);
    for (const ItemRecord& row : page) {
      EXPECT_GE(row.source_uid, from);
      EXPECT_EQ(row, item(row.source_uid, row.source_uid + 100));
      found.push_back(row.source_uid);
    }
    if (page.size() < 5) break;
    from = page.back().source_uid + 1;
  }
  EXPECT_THAT(found, ElementsAre(3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 30, 50));
  EXPECT_EQ(source_uids(get(account_->items_by_target(id, wanted))), found);
  EXPECT_THAT(get(account_->items_by_target(id, wanted, 51, 5)), IsEmpty());
}

TEST_P(LedgerSuite, TheRouteIsTheAccountsOwn) {
  EXPECT_EQ(get(account_->route()), Route::old);
  get(account_->set_route(Route::moving));
  EXPECT_EQ(get(account_->route()), Route::moving);
  EXPECT_EQ(get(open_account("a", "b")->route()), Route::old);
  reopen();
  EXPECT_EQ(get(account_->route()), Route::moving);
  get(account_->set_route(Route::new_));
  reopen();
  EXPECT_EQ(get(account_->route()), Route::new_);
  get(account_->set_route(Route::old));
  EXPECT_EQ(get(account_->route()), Route::old);
}

TEST_P(LedgerSuite, FoldersAreRenamedWithAllThatIsKnownOfThem) {
  const FolderId id = get(account_->open_folder("Work", "Arbeit")).id;
  const FolderId taken = open_folder("Taken");
  get(account_->restart_folder(id, 5, 6));
  get(account_->set_made(id));
  get(account_->record(id, items(1, 3), {problem(id, 4)}));
  get(account_->finish_folder(id, {5, 9, 3, 1}, {6, 9, 3, 2}, 9));
  get(account_->rename_folder(id, "Work/Old", "Arbeit/Alt"));
  reopen();
  FolderRecord renamed = folder(id);
  EXPECT_EQ(renamed.source_name, "Work/Old");
  EXPECT_EQ(renamed.target_name, "Arbeit/Alt");
  EXPECT_EQ(renamed.source_uid_validity, 5U);
  EXPECT_EQ(renamed.target_uid_validity, 6U);
  EXPECT_EQ(renamed.target_uid_next, 9U);
  EXPECT_EQ(renamed.source_token, (FolderToken{5, 9, 3, 1}));
  EXPECT_EQ(renamed.target_token, (FolderToken{6, 9, 3, 2}));
  EXPECT_TRUE(renamed.made_by_us);
  EXPECT_EQ(all_items(id).size(), 3U);
  EXPECT_THAT(all_problems(), ElementsAre(problem(id, 4)));
  EXPECT_EQ(get(account_->open_folder("Work/Old", "Arbeit/Alt")).id, id);
  EXPECT_NE(get(account_->open_folder("Work", "Arbeit")).id, id) << "the old name is free";

  expect_error(outcome(account_->rename_folder(id, "Taken", "Elsewhere")), ErrorKind::exists);
  EXPECT_EQ(folder(id).source_name, "Work/Old");
  EXPECT_EQ(folder(id).target_name, "Arbeit/Alt");
  EXPECT_EQ(folder(taken).target_name, "Taken");
  get(account_->rename_folder(id, "Work/Old", "Alt"));
  EXPECT_EQ(folder(id).target_name, "Alt");
  expect_error(outcome(account_->rename_folder(4711, "Nowhere", "")), ErrorKind::bug);
}

TEST_P(LedgerSuite, FoldersThatGodwitMadeAreKnown) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  EXPECT_FALSE(folder(id).made_by_us);
  get(account_->set_made(id));
  reopen();
  EXPECT_TRUE(folder(id).made_by_us);
  EXPECT_FALSE(folder(other).made_by_us);
  get(account_->restart_source(id, 8));
  EXPECT_TRUE(get(account_->open_folder("INBOX", "In")).made_by_us) << "the target's folder is the same";
  get(account_->restart_folder(id, 8, 9));
  EXPECT_TRUE(folder(id).made_by_us) << "the one that was to be made";
  get(account_->restart_folder(id, 8, 10));
  EXPECT_FALSE(folder(id).made_by_us) << "it is another one";
  expect_error(outcome(account_->set_made(other + 1)), ErrorKind::bug);
}

TEST_P(LedgerSuite, OnlyBareFoldersAreForgotten) {
  const FolderId id = open_folder("INBOX");
  const FolderId last = open_folder("Last");
  get(account_->record(last, {item(1, 0), item(2, 2)}, {problem(last, 3)}));
  expect_error(outcome(account_->forget_folder(last)), ErrorKind::bug);
  get(account_->forget_items(last, UidSet::of_range(2, 2)));
  expect_error(outcome(account_->forget_folder(last)), ErrorKind::bug);
  get(account_->vanish(last, UidSet::of_range(1, 1)));
  expect_error(outcome(account_->forget_folder(last)), ErrorKind::bug);
  get(account_->drop_vanished({get(account_->vanished(0, 9)).at(0).id}));
  const BatchId batch = get(account_->begin_batch(last, UidSet::of_range(7, 7), 1));
  expect_error(outcome(account_->forget_folder(last)), ErrorKind::bug);
  get(account_->settle(last, 1));
  EXPECT_EQ(all_problems().size(), 1U);
  get(account_->forget_folder(last));
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_EQ(get(account_->folders()).size(), 1U);
    EXPECT_EQ(get(account_->folders()).at(0).id, id);
    EXPECT_THAT(all_problems(), IsEmpty());
    EXPECT_EQ(get(account_->counters()).problems, 0U);
    reopen();
  }
  expect_error(outcome(account_->forget_folder(last)), ErrorKind::bug);
  EXPECT_NE(open_folder("Last"), last) << "ids do not come again";
  EXPECT_NE(get(account_->begin_batch(id, UidSet::of_range(7, 7), 1)), batch) << "those of intents neither";
}

TEST_P(LedgerSuite, NotEveryProblemMeansThatAnItemWasNotMoved) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  const auto expect_counts = [&](std::uint64_t problems, std::uint64_t not_moved) {
    EXPECT_EQ(get(account_->counters()).problems, problems);
    EXPECT_EQ(get(account_->counters()).not_moved, not_moved);
  };
  get(account_->record(id, {}, {problem(id, 1, "altered"), problem(id, 2, "flags"), problem(id, 3, "conflict"),
                                problem(id, 4, "doubt"), problem(id, 5, "too_big"), problem(id, 6)}));
  get(account_->record(other, {}, {problem(other, 1), problem(other, 2, "conflict")}));
  expect_counts(8, 4);
  get(account_->record(id, {}, {problem(id, 6, "altered"), problem(id, 1, "refused")}));
  expect_counts(8, 4);
  get(account_->record(id, {}, {problem(id, 5, "conflict")}));
  expect_counts(8, 3);
  reopen();
  expect_counts(8, 3);
  const BatchId batch = get(account_->begin_batch(id, UidSet::of_range(1, 2), 1));
  get(account_->end_batch(batch, id, items(1, 2), {problem(id, 2)}, 0));
  expect_counts(7, 3);
  get(account_->restart_source(other, 7));
  expect_counts(5, 2);
  get(account_->restart_folder(id, 7, 7));
  expect_counts(0, 0);
}

TEST_P(LedgerSuite, ProblemsOfItemsThatAreGoneAreForgotten) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, items(1, 2), {problem(id, 1, "altered"), problem(id, 3), problem(id, 4), problem(id, 9)}));
  get(account_->record(other, {}, {problem(other, 3)}));
  get(account_->forget_problems(id, UidSet({{1, 1}, {4, 8}, {20, 4'294'967'295}})));
  EXPECT_THAT(all_problems(), ElementsAre(problem(id, 3), problem(id, 9), problem(other, 3)));
  EXPECT_EQ(get(account_->counters()).problems, 3U);
  EXPECT_EQ(get(account_->counters()).not_moved, 3U);
  EXPECT_EQ(all_items(id).size(), 2U) << "the rows stay";
  expect_error(outcome(account_->forget_problems(other + 1, UidSet::of_range(1, 2))), ErrorKind::bug);
}

}  // namespace
}  // namespace godwit::ledger
