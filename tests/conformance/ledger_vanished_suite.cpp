// SPDX-License-Identifier: Apache-2.0
// The pool of items that are not in their folder on the source any more.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Uid last_uid = 4'294'967'295;

// Of the entries that were given: the source UIDs that they had, 0 where there was none.
std::vector<Uid> given(const FoundVanished& found) {
  std::vector<Uid> uids;
  for (const auto& entry : found) uids.push_back(entry ? entry->item.source_uid : 0);
  return uids;
}

ItemRecord with_digest(Uid source_uid, Uid digest, std::uint64_t object_id = 0) {
  ItemRecord row = item(source_uid, source_uid + 100);
  row.digest = digest_of(digest);
  row.object_id = object_id;
  return row;
}

TEST_P(LedgerSuite, AnEmptyPoolGivesNothing) {
  EXPECT_THAT(get(account_->vanished(0, 10)), IsEmpty());
  EXPECT_THAT(get(account_->find_vanished({})), IsEmpty());
  EXPECT_THAT(get(account_->find_vanished({digest_of(1), digest_of(1)})), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(get(account_->find_vanished_by_object({0, 1})), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_EQ(get(account_->counters()).vanished, 0U);
}

TEST_P(LedgerSuite, VanishedItemsKeepAllThatWasKnownOfThem) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  std::vector<ItemRecord> rows = items(1, 6, 50);
  rows[1].flags = flags({"\\Seen", "work", "$Forwarded"});
  rows[1].date = InternalDate{837'596'665, -420};
  rows[1].hazards = 200;
  rows[1].brought = true;
  rows[1].object_id = ~std::uint64_t{0};
  rows[1].size = std::uint64_t{5} << 33;
  rows[3].level = Level::withdrawn;
  rows[3].target_uid = 0;
  get(account_->record(id, rows, {problem(id, 2, "altered")}));
  get(account_->record(other, items(1, 6), {}));
  get(account_->vanish(id, UidSet({{2, 2}, {4, 4}, {9, last_uid}})));
  for (int pass = 0; pass < 2; ++pass) {
    const auto entries = pool();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0], (VanishedItem{entries[0].id, id, false, false, rows[1]}));
    EXPECT_EQ(entries[0].item.flags.keywords, rows[1].flags.keywords);
    EXPECT_EQ(entries[1], (VanishedItem{entries[1].id, id, false, false, rows[3]}));
    EXPECT_EQ(source_uids(all_items(id)), (std::vector<Uid>{1, 3, 5, 6}));
    EXPECT_EQ(all_items(other).size(), 6U);
    EXPECT_EQ(folder(id).items, 4U);
    EXPECT_EQ(folder(id).vanished, 2U);
    EXPECT_EQ(folder(other).vanished, 0U);
    const Counters counters = get(account_->counters());
    EXPECT_EQ(counters.items, 10U);
    EXPECT_EQ(counters.bytes, 1001U + 1003U + 1005U + 1006U + 6021U);
    EXPECT_EQ(counters.vanished, 2U);
    EXPECT_EQ(all_problems().size(), 1U);
    reopen();
  }
  get(account_->vanish(id, UidSet::of_range(2, 4)));
  EXPECT_THAT(pool_uids(), ElementsAre(2, 4, 3));
  const auto unknown = outcome(account_->vanish(other + 1, UidSet::of_range(1, 2)));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, ErrorKind::bug);
}

TEST_P(LedgerSuite, ThePoolComesInPages) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, items(1, 30), {}));
  get(account_->vanish(id, UidSet::of_range(1, 25)));
  std::vector<Uid> uids;
  VanishedId after = 0;
  while (true) {
    const auto page = get(account_->vanished(after, 7));
    ASSERT_LE(page.size(), 7U);
    for (const VanishedItem& entry : page) {
      EXPECT_GT(entry.id, after);
      after = entry.id;
      uids.push_back(entry.item.source_uid);
    }
    if (page.size() < 7) break;
  }
  std::ranges::sort(uids);
  EXPECT_EQ(uids, source_uids(items(1, 25)));
}

TEST_P(LedgerSuite, TargetUidsOfThePoolAreNotUnknownToTheFence) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, items(1, 9, 20), {}));
  get(account_->record(other, items(1, 3, 40), {}));
  get(account_->vanish(id, UidSet::of_range(3, 5)));
  get(account_->vanish(other, UidSet::of_range(3, 3)));
  EXPECT_EQ(get(account_->target_uids(id, 0)).to_string(), "21:29");
  EXPECT_EQ(get(account_->target_uids(id, 25)).to_string(), "25:29");
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "21:22,26:29") << "of rows";
  get(account_->drop_vanished({entry_of(5)}));
  EXPECT_EQ(get(account_->target_uids(id, 0)).to_string(), "21:24,26:29");
}

TEST_P(LedgerSuite, EachEntryIsGivenToOneAsker) {
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, {with_digest(1, 7), with_digest(2, 8), with_digest(3, 7), with_digest(4, 7), with_digest(5, 9)}, {}));
  get(account_->vanish(id, UidSet::of_range(1, 4)));
  const std::vector<Digest> asked{digest_of(9), digest_of(7), digest_of(8), digest_of(7), digest_of(8),
                                  digest_of(7), digest_of(7), digest_of(6)};
  for (int pass = 0; pass < 2; ++pass) {
    const auto found = get(account_->find_vanished(asked));
    EXPECT_THAT(given(found), ElementsAre(0, 1, 2, 3, 0, 4, 0, 0)) << "pass " << pass << ": nothing is taken out";
    EXPECT_EQ(found[1]->folder, id);
    EXPECT_EQ(found[1]->id, entry_of(1));
    EXPECT_EQ(found[1]->item, with_digest(1, 7));
    reopen();
  }
}

TEST_P(LedgerSuite, DigestsAreComparedWhole) {
  const FolderId id = open_folder("INBOX");
  std::vector<ItemRecord> rows = items(1, 2);
  rows[1].digest = rows[0].digest;
  rows[1].digest.bytes.back() ^= 1;
  get(account_->record(id, rows, {}));
  get(account_->vanish(id, UidSet::of_range(1, 2)));
  Digest third = rows[0].digest;
  third.bytes.back() ^= 2;
  EXPECT_THAT(given(get(account_->find_vanished({rows[1].digest, third, rows[0].digest, rows[0].digest}))),
              ElementsAre(2, 0, 1, 0));
}

TEST_P(LedgerSuite, EntriesOfTheAskersFolderAreGivenFirst) {
  const FolderId first = open_folder("First");
  const FolderId second = open_folder("Second");
  get(account_->record(first, {with_digest(1, 7, 70), with_digest(2, 7, 70)}, {}));
  get(account_->record(second, {with_digest(3, 7, 70), with_digest(4, 7, 70)}, {}));
  get(account_->vanish(first, UidSet::of_range(1, 2)));
  get(account_->restart_source(second, 9));
  const std::vector<Digest> asked(3, digest_of(7));
  EXPECT_THAT(given(get(account_->find_vanished(asked, second))), ElementsAre(3, 4, 1));
  EXPECT_THAT(given(get(account_->find_vanished(asked, first))), ElementsAre(1, 2, 3));
  EXPECT_THAT(given(get(account_->find_vanished(asked))), ElementsAre(1, 2, 3));
  const std::vector<std::uint64_t> objects(3, 70);
  EXPECT_THAT(given(get(account_->find_vanished_by_object(objects, second))), ElementsAre(3, 4, 1));
}

TEST_P(LedgerSuite, ObjectIdsFindEntriesToo) {
  constexpr std::uint64_t large = ~std::uint64_t{0};
  const FolderId id = open_folder("INBOX");
  get(account_->record(id, {with_digest(1, 1, large), with_digest(2, 2, 0), with_digest(3, 3, 5), with_digest(4, 4, large)}, {}));
  get(account_->vanish(id, UidSet::of_range(1, 4)));
  EXPECT_THAT(given(get(account_->find_vanished_by_object({5, 0, large, 6, large, 0, large, 5}))),
              ElementsAre(3, 0, 1, 0, 4, 0, 0, 0)) << "0 is no name";
}

TEST_P(LedgerSuite, AdoptedEntriesBecomeRows) {
  const FolderId inbox = open_folder("INBOX");
  const FolderId archive = open_folder("Archive");
  get(account_->record(inbox, items(1, 5, 10), {}));
  get(account_->record(archive, {item(90, 0)}, {problem(archive, 91), problem(archive, 92)}));
  get(account_->vanish(inbox, UidSet::of_range(2, 4)));
  const VanishedId moved = entry_of(3);
  ItemRecord row = with_digest(91, 3);
  row.flags = flags({"\\Seen"});
  get(account_->adopt(moved, archive, row));
  ItemRecord another = with_digest(90, 4);  // there is a row of this UID: it is replaced
  another.level = Level::proven;
  get(account_->adopt(entry_of(4), archive, another));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(pool_uids(), ElementsAre(2));
    EXPECT_THAT(all_items(archive), ElementsAre(another, row));
    EXPECT_EQ(source_uids(all_items(inbox)), (std::vector<Uid>{1, 5}));
    EXPECT_EQ(folder(inbox).vanished, 1U);
    EXPECT_EQ(folder(archive).vanished, 0U);
    EXPECT_EQ(folder(archive).items, 2U);
    EXPECT_EQ(get(account_->counters()).items, 4U);
    EXPECT_EQ(get(account_->counters()).vanished, 1U);
    EXPECT_THAT(all_problems(), ElementsAre(problem(archive, 92))) << "it is moved now";
    EXPECT_EQ(get(account_->target_uids_at(archive, Level::accepted)).to_string(), "191");
    reopen();
  }
}

TEST_P(LedgerSuite, AnEntryIsAdoptedOnce) {
  const FolderId id = open_folder("INBOX");
  const FolderId archive = open_folder("Archive");
  get(account_->record(id, items(1, 3), {}));
  get(account_->vanish(id, UidSet::of_range(1, 3)));
  const VanishedId first = entry_of(1), last = entry_of(3);
  get(account_->adopt(last, archive, item(10, 10)));
  const auto expect_refused = [&](std::vector<Adoption> adoptions, FolderId into, ErrorKind kind) {
    const auto refused = outcome(account_->adopt(into, std::move(adoptions)));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, kind) << describe(refused.error());
    EXPECT_THAT(all_items(archive), ElementsAre(item(10, 10)));
    EXPECT_THAT(pool_uids(), ElementsAre(1, 2));
    EXPECT_EQ(folder(id).vanished, 2U);
  };
  expect_refused({{last, item(11, 11)}}, archive, ErrorKind::not_found);
  expect_refused({{first, item(11, 11)}, {last, item(12, 12)}}, archive, ErrorKind::not_found);
  expect_refused({{first, item(11, 11)}, {first, item(12, 12)}}, archive, ErrorKind::not_found);
  expect_refused({{first, item(11, 11)}}, archive + 1, ErrorKind::bug);
  reopen();
  get(account_->record(id, items(4, 4), {}));
  get(account_->vanish(id, UidSet::of_range(4, 4)));
  EXPECT_GT(entry_of(4), last) << "ids do not come again";
  get(account_->adopt(archive, {{first, item(11, 11)}, {entry_of(2), item(12, 12)}, {entry_of(4), item(13, 13)}}));
  EXPECT_THAT(pool(), IsEmpty());
  EXPECT_EQ(source_uids(all_items(archive)), (std::vector<Uid>{10, 11, 12, 13}));
}

TEST_P(LedgerSuite, DroppedEntriesAreGone) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  for (const FolderId each : {id, other}) {
    get(account_->record(each, items(1, 3), {}));
    get(account_->vanish(each, UidSet::of_range(1, 3)));
  }
  const auto entries = pool();
  get(account_->drop_vanished({entries[0].id, entries[4].id, entries[0].id, 4711}));
  EXPECT_THAT(pool(), ElementsAre(entries[1], entries[2], entries[3], entries[5]));
  EXPECT_EQ(folder(id).vanished, 2U);
  EXPECT_EQ(folder(other).vanished, 2U);
  get(account_->drop_vanished({}));
  EXPECT_EQ(get(account_->counters()).vanished, 4U);
}

TEST_P(LedgerSuite, ANewSourceValidityEmptiesTheFolderIntoThePool) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  for (const FolderId each : {id, other}) {
    get(account_->restart_folder(each, 5, 6));
    get(account_->record(each, items(1, 3), {problem(each, 4)}));
    static_cast<void>(get(account_->begin_batch(each, UidSet::of_range(5, 6), 9)));
    get(account_->finish_folder(each, {5, 7, 4, 1}, {6, 9, 3, 2}, 9));
  }
  get(account_->vanish(id, UidSet::of_range(2, 2)));
  get(account_->restart_source(id, 55));
  for (int pass = 0; pass < 2; ++pass) {
    const FolderRecord restarted = folder(id);
    EXPECT_EQ(restarted.source_uid_validity, 55U);
    EXPECT_EQ(restarted.source_token, FolderToken());
    EXPECT_EQ(restarted.target_uid_validity, 6U);
    EXPECT_EQ(restarted.target_uid_next, 9U);
    EXPECT_EQ(restarted.target_token, (FolderToken{6, 9, 3, 2}));
    EXPECT_EQ(restarted.open_batches, 1U) << "what is in doubt is on the target";
    EXPECT_EQ(get(account_->open_batches(id)).size(), 1U);
    EXPECT_EQ(restarted.items, 0U);
    EXPECT_EQ(restarted.vanished, 3U);
    EXPECT_THAT(all_items(id), IsEmpty());
    EXPECT_TRUE(get(account_->target_uids_at(id, Level::accepted)).empty());
    EXPECT_EQ(get(account_->target_uids(id, 0)).to_string(), "1:3");
    std::map<Uid, bool> by_restart;
    for (const VanishedItem& entry : pool()) by_restart[entry.item.source_uid] = entry.by_restart;
    EXPECT_EQ(by_restart, (std::map<Uid, bool>{{1, true}, {2, true}, {3, true}})) << "2 meant another message";
    EXPECT_EQ(folder(other).items, 3U);
    EXPECT_EQ(folder(other).source_uid_validity, 5U);
    EXPECT_EQ(folder(other).source_token, (FolderToken{5, 7, 4, 1}));
    EXPECT_THAT(all_problems(), ElementsAre(problem(other, 4)));
    reopen();
  }
  get(account_->record(id, {item(1, 77)}, {}));
  EXPECT_EQ(get(account_->target_uids_at(id, Level::accepted)).to_string(), "77");
  const auto unknown = outcome(account_->restart_source(other + 1, 5));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, ErrorKind::bug);
}

TEST_P(LedgerSuite, ANewTargetValidityClearsTheFoldersEntries) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, items(1, 23'000), {}));
  get(account_->vanish(id, UidSet::of_range(1, 22'000)));
  get(account_->record(other, items(1, 2), {}));
  get(account_->restart_source(other, 5));
  get(account_->restart_folder(id, 7, 8));
  EXPECT_EQ(pool_uids().size(), 2U);
  EXPECT_EQ(folder(id).vanished, 0U);
  EXPECT_EQ(folder(id).target_uid_validity, 8U);
  EXPECT_EQ(folder(other).vanished, 2U);
  EXPECT_TRUE(get(account_->target_uids(id, 0)).empty());
  EXPECT_EQ(get(account_->counters()).vanished, 2U);
}

TEST_P(LedgerSuite, LargeFoldersVanishWhole) {
  const FolderId id = open_folder("INBOX");
  const FolderId other = open_folder("Other");
  get(account_->record(id, items(1, 25'000), {}));
  get(account_->record(other, items(30'001, 55'000), {}));
  get(account_->vanish(id, UidSet::of_range(2, last_uid)));
  EXPECT_EQ(source_uids(all_items(id)), (std::vector<Uid>{1}));
  UidSet odd;  // more ranges than a slice has rows, half of them without a row
  for (Uid uid = 10'001; uid <= 54'999; uid += 2) odd.add(uid);
  get(account_->vanish(other, odd));
  EXPECT_EQ(all_items(other).size(), 12'500U);
  EXPECT_EQ(pool().size(), 24'999U + 12'500U);
  get(account_->restart_source(other, 3));
  EXPECT_EQ(folder(other).source_uid_validity, 3U);
  EXPECT_THAT(all_items(other), IsEmpty());
  std::map<FolderId, std::set<Uid>> uids;
  std::size_t by_restart = 0;
  for (const VanishedItem& entry : pool()) {
    EXPECT_TRUE(uids[entry.folder].insert(entry.item.source_uid).second) << "twice";
    by_restart += entry.by_restart ? 1 : 0;
  }
  EXPECT_EQ(uids[id].size(), 24'999U);
  EXPECT_EQ(uids[other].size(), 25'000U);
  EXPECT_EQ(by_restart, 25'000U);
  EXPECT_EQ(get(account_->counters()).items, 1U);
  EXPECT_EQ(get(account_->counters()).bytes, 1001U);
  EXPECT_EQ(get(account_->counters()).vanished, 49'999U);
}

// A call that reads the pool for each that it is asked for takes minutes; a call may take half a minute.
TEST_P(LedgerSuite, LookUpsDoNotReadThePool) {
  constexpr Uid count = 30'000;
  const FolderId id = open_folder("INBOX");
  std::vector<ItemRecord> rows = items(1, count);
  for (ItemRecord& row : rows) row.object_id = row.source_uid * 0x9e3779b97f4a7c15;
  get(account_->record(id, rows, {}));
  get(account_->restart_source(id, 7));
  std::ranges::shuffle(rows, std::mt19937(4711));
  std::vector<Digest> digests;
  std::vector<std::uint64_t> objects;
  for (const ItemRecord& row : rows) {
    digests.push_back(row.digest);
    objects.push_back(row.object_id);
  }
  EXPECT_EQ(given(get(account_->find_vanished(digests))), source_uids(rows));
  EXPECT_EQ(given(get(account_->find_vanished_by_object(objects))), source_uids(rows));
}

// Random calls on the ledger and on plain maps give the same, also after reopening.
class VanishedModel {
 public:
  struct Entry {
    FolderId folder = 0;
    bool by_restart = false;
    ItemRecord item;
  };
  std::map<FolderId, std::map<Uid, ItemRecord>> rows;
  std::map<VanishedId, Entry> pool;

  void vanish(FolderId folder, const UidSet& uids, bool by_restart, const std::vector<VanishedItem>& after) {
    for (const VanishedItem& entry : after) {
      const auto row = rows[folder].find(entry.item.source_uid);
      if (pool.contains(entry.id) || row == rows[folder].end() || !uids.contains(row->first)) continue;
      pool[entry.id] = {folder, by_restart, row->second};
      rows[folder].erase(row);
    }
    std::erase_if(rows[folder], [&](const auto& row) { return uids.contains(row.first); });  // there were more rows than entries
  }

  [[nodiscard]] std::vector<VanishedItem> entries() const {
    std::vector<VanishedItem> entries;
    for (const auto& [id, entry] : pool) entries.push_back({id, entry.folder, entry.by_restart, false, entry.item});
    return entries;
  }

  [[nodiscard]] FoundVanished find(const std::vector<Digest>& digests, FolderId own) const {
    FoundVanished found;
    std::set<VanishedId> taken;
    for (const Digest& digest : digests) {
      const VanishedItem* best = nullptr;
      const auto all = entries();
      for (const VanishedItem& entry : all) {
        if (entry.item.digest != digest || taken.contains(entry.id)) continue;
        if (best == nullptr || (best->folder != own && entry.folder == own)) best = &entry;
      }
      found.push_back(best != nullptr ? std::optional(*best) : std::nullopt);
      if (best != nullptr) taken.insert(best->id);
    }
    return found;
  }
};

TEST_P(LedgerSuite, AgreesWithAModelOfThePool) {
  std::mt19937 random(20'241'122);
  const auto below = [&](Uid limit) { return static_cast<Uid>(random() % limit); };
  const std::vector<FolderId> ids{open_folder("a"), open_folder("b"), open_folder("c")};
  VanishedModel model;
  Uid next_uid = 1;
  const auto some_entry = [&] {
    return model.pool.empty() ? VanishedId{0} : std::next(model.pool.begin(), below(static_cast<Uid>(model.pool.size())))->first;
  };
  for (int step = 0; step < 500; ++step) {
    const FolderId id = ids[below(3)];
    const UidSet range = UidSet::of_range(1 + below(next_uid), next_uid + below(5));
    switch (below(8)) {
      case 0:
      case 1: {
        std::vector<ItemRecord> rows;
        for (Uid n = below(9); n > 0; --n) rows.push_back(with_digest(next_uid++, below(12)));
        get(account_->record(id, rows, {}));
        for (const ItemRecord& row : rows) model.rows[id][row.source_uid] = row;
        break;
      }
      case 2:
        get(account_->vanish(id, range));
        model.vanish(id, range, false, pool());
        break;
      case 3: {
        const VanishedId entry = some_entry();
        const ItemRecord row = with_digest(next_uid++, below(12));
        const auto adopted = outcome(account_->adopt(entry, id, row));
        ASSERT_EQ(adopted.has_value(), entry != 0) << "step " << step;
        if (!adopted) break;
        model.pool.erase(entry);
        model.rows[id][row.source_uid] = row;
        break;
      }
      case 4: {
        const VanishedId entry = some_entry();
        get(account_->drop_vanished({entry}));
        model.pool.erase(entry);
        break;
      }
      case 5:
        if (below(3) != 0) break;
        get(account_->restart_source(id, 1 + below(90)));
        for (auto& [entry_id, entry] : model.pool) entry.by_restart = entry.by_restart || entry.folder == id;
        model.vanish(id, UidSet::of_range(1, last_uid), true, pool());
        break;
      case 6:
        if (below(6) != 0) break;
        get(account_->restart_folder(id, 3, 4));
        model.rows[id].clear();
        std::erase_if(model.pool, [&](const auto& entry) { return entry.second.folder == id; });
        break;
      default:
        if (below(8) == 0) reopen();
    }
    ASSERT_EQ(pool(), model.entries()) << "step " << step;
    std::uint64_t rows = 0;
    for (const FolderId each : ids) {
      std::vector<ItemRecord> expected;
      UidSet targets;
      for (const auto& [uid, row] : model.rows[each]) expected.push_back(row);
      for (const ItemRecord& row : expected) targets.add(row.target_uid);
      std::uint64_t vanished = 0;
      for (const auto& [entry_id, entry] : model.pool) {
        if (entry.folder != each) continue;
        targets.add(entry.item.target_uid);
        ++vanished;
      }
      rows += expected.size();
      ASSERT_EQ(all_items(each), expected) << "step " << step;
      ASSERT_EQ(get(account_->target_uids(each, 0)), targets) << "step " << step;
      ASSERT_EQ(folder(each).vanished, vanished) << "step " << step;
      ASSERT_EQ(folder(each).items, expected.size()) << "step " << step;
    }
    ASSERT_EQ(get(account_->counters()).items, rows) << "step " << step;
    ASSERT_EQ(get(account_->counters()).vanished, model.pool.size()) << "step " << step;
    std::vector<Digest> asked;
    for (Uid n = below(12); n > 0; --n) asked.push_back(digest_of(below(12)));
    ASSERT_EQ(get(account_->find_vanished(asked, id)), model.find(asked, id)) << "step " << step;
  }
}

}  // namespace
}  // namespace godwit::ledger
