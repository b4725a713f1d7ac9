// SPDX-License-Identifier: Apache-2.0
// Calendars, address books and filters in the ledger.
#include <gmock/gmock.h>

#include "ledger/collections.h"
#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {

static void PrintTo(const ResourceRecord& row, std::ostream* out) {
  *out << row.number << " " << row.uid << " " << row.source_name << "@" << row.source_version << "->" << row.target_name << "@"
       << row.target_version << " level " << (row.level ? static_cast<int>(*row.level) : 0) << (row.brought ? " brought" : "")
       << (row.touched ? " touched" : "") << (row.gone ? " gone" : "") << (row.stale ? " stale" : "") << (row.intended ? " intended" : "");
}
static void PrintTo(const Stranger& stranger, std::ostream* out) { *out << stranger.target_name << "@" << stranger.target_version; }

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ResourceRecord resource(const std::string& name, std::optional<Level> level = Level::accepted) {
  ResourceRecord row;
  row.uid = "uid-" + name;
  row.source_name = name + ".ics";
  row.source_version = "1";
  if (level) row.target_name = name;
  if (level) row.target_version = "a";
  row.size = 100;
  row.digest = row.target_digest = sha256(name);
  row.level = level;
  row.brought = true;
  return row;
}

Stranger stranger(const std::string& name) { return {name, "v-" + name, "uid-" + name, sha256(name)}; }

std::vector<RecordedResource> bare(std::vector<ResourceRecord> rows) {
  std::vector<RecordedResource> recorded;
  for (ResourceRecord& row : rows) recorded.push_back({std::move(row), std::nullopt});
  return recorded;
}

std::vector<std::string> names(const std::vector<ResourceRecord>& rows) {
  std::vector<std::string> all;
  for (const ResourceRecord& row : rows) all.push_back(row.source_name);
  return all;
}

class Opened {
 public:
  Opened(AccountLedger& account, std::string name, CollectionKind kind = CollectionKind::calendar)
      : ledger(account.collections()), record(value_of(test::run_task(ledger.open_collection(kind, name, name)))) {}
  std::vector<ResourceRecord> put(std::vector<ResourceRecord> rows) {
    return value_of(test::run_task(ledger.record(record.id, bare(std::move(rows)))));
  }
  [[nodiscard]] std::vector<ResourceRecord> all() { return value_of(test::run_task(ledger.resources(record.id, 0, 1000))); }
  [[nodiscard]] std::vector<ResourceRecord> open() { return value_of(test::run_task(ledger.open_resources(record.id, 0, 1000))); }
  [[nodiscard]] CollectionRecord again() {
    for (CollectionRecord& each : value_of(test::run_task(ledger.collections()))) {
      if (each.id == record.id) return each;
    }
    return {};
  }

  CollectionLedger& ledger;
  CollectionRecord record;
};

TEST_P(LedgerSuite, ACollectionIsNoFolder) {
  Opened work(*account_, "work"), book(*account_, "work", CollectionKind::address_book);
  const FolderId mail = open_folder("work");
  EXPECT_NE(work.record.id, book.record.id);
  EXPECT_NE(work.record.id, mail);
  EXPECT_EQ(get(account_->folders()).size(), 1U);
  EXPECT_EQ(get(work.ledger.collections()).size(), 2U);
  EXPECT_EQ(Opened(*account_, "work").record.id, work.record.id);
}

TEST_P(LedgerSuite, ACollectionKeepsWhatIsNotedOfIt) {
  Opened work(*account_, "work");
  work.record.target_name = "/t/work";
  work.record.display_name = "Work";
  work.record.made_by_us = true;
  work.record.source_seen = "s1";
  work.record.target_seen = "t1";
  work.record.source_state = "s2";
  work.record.target_state = "t2";
  work.record.extras = "{}";
  get(work.ledger.update_collection(work.record));
  reopen();
  EXPECT_EQ(Opened(*account_, "work").record, work.record);
}

TEST_P(LedgerSuite, ItemsAreNumberedAndReplaced) {
  Opened work(*account_, "work");
  auto rows = work.put({resource("a"), resource("b")});
  EXPECT_EQ(rows[0].number, 1U);
  EXPECT_EQ(rows[1].number, 2U);
  rows[0].target_version = "b";
  rows[0].intended = sha256("next");
  rows[0].is_active = rows[0].touched = rows[0].stale = rows[0].gone = true;
  rows[0].level = Level::proven;
  work.put({rows[0]});
  reopen();
  Opened later(*account_, "work");
  EXPECT_THAT(later.all(), ElementsAre(rows[0], rows[1]));
  get(later.ledger.forget_resources(later.record.id, {2}));
  EXPECT_EQ(later.put({resource("c")})[0].number, 3U);
}

TEST_P(LedgerSuite, OneRowForASourcesName) {
  Opened work(*account_, "work");
  work.put({resource("a")});
  const auto second = outcome(work.ledger.record(work.record.id, bare({resource("b"), resource("a")})));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_THAT(names(work.all()), ElementsAre("a.ics"));
}

TEST_P(LedgerSuite, OpenRowsAreThoseToLookAt) {
  Opened work(*account_, "work");
  ResourceRecord gone = resource("gone", Level::proven);
  gone.gone = true;
  work.put({resource("listed", Level::listed), resource("accepted"), resource("refused", std::nullopt), gone,
            resource("withdrawn", Level::withdrawn)});
  EXPECT_THAT(names(work.open()), ElementsAre("accepted.ics", "refused.ics", "gone.ics"));
  EXPECT_EQ(work.again().open, 3U);
  EXPECT_EQ(work.again().items, 4U);
  EXPECT_THAT(names(get(work.ledger.open_resources(work.record.id, 2, 1))), ElementsAre("refused.ics"));
}

TEST_P(LedgerSuite, ItemsAreFoundByTheirNames) {
  Opened work(*account_, "work"), home(*account_, "home");
  ResourceRecord twin = resource("b");
  twin.source_name = "twin.ics";
  work.put({resource("a"), resource("b"), twin});
  home.put({resource("a")});
  const auto find = [&](ResourceKey key, std::vector<std::string> values) {
    return names(get(work.ledger.find_resources(work.record.id, key, std::move(values))));
  };
  EXPECT_THAT(find(ResourceKey::source_name, {"b.ics", "a.ics", "b.ics", "none"}), ElementsAre("a.ics", "b.ics"));
  EXPECT_THAT(find(ResourceKey::target_name, {"b"}), ElementsAre("b.ics", "twin.ics"));
  EXPECT_THAT(find(ResourceKey::uid, {"uid-a"}), ElementsAre("a.ics"));
}

TEST_P(LedgerSuite, ItemsAreCountedByKindAndLevel) {
  Opened work(*account_, "work"), book(*account_, "book", CollectionKind::address_book);
  ResourceRecord contact = resource("bob", Level::proven), task = resource("todo");
  contact.kind = ItemKind::contact;
  task.kind = ItemKind::task;
  auto rows = work.put({resource("a"), resource("b", std::nullopt), task});
  book.put({contact});
  const auto at = [&](ItemKind kind, Level level) { return get(work.ledger.item_counts())[kind].at(static_cast<std::size_t>(level)); };
  EXPECT_EQ(at(ItemKind::event, Level::accepted), 1U);
  EXPECT_EQ(get(work.ledger.item_counts())[ItemKind::event].at(0), 1U);
  EXPECT_EQ(at(ItemKind::contact, Level::proven), 1U);
  rows[0].level = Level::listed;
  work.put({rows[0]});
  EXPECT_EQ(at(ItemKind::event, Level::accepted), 0U);
  EXPECT_EQ(at(ItemKind::event, Level::listed), 1U);
  const Counters counters = get(account_->counters());
  EXPECT_EQ(counters.items, 3U);
  EXPECT_EQ(counters.bytes, 300U);
  EXPECT_EQ(counters.at(Level::listed), 1U);
  EXPECT_EQ(counters.at(Level::accepted), 1U);
  EXPECT_EQ(counters.at(Level::proven), 1U);
}

TEST_P(LedgerSuite, ProblemsOfItemsAreAmongTheAccounts) {
  Opened work(*account_, "work");
  Problem refused = problem(0, 0);
  refused.item = "event";
  const auto rows = get(work.ledger.record(work.record.id, {{resource("a", std::nullopt), refused}, {resource("b"), std::nullopt}}));
  Problem rights = problem(0, 0, "rights");
  get(work.ledger.set_problem(work.record.id, rights));
  refused.folder = rights.folder = work.record.id;
  refused.source_uid = rows[0].number;
  EXPECT_THAT(all_problems(), ElementsAre(rights, refused));
  EXPECT_EQ(get(account_->counters()).not_moved, 1U);
  get(work.ledger.record(work.record.id, {{rows[0], std::nullopt, true}}));
  EXPECT_THAT(all_problems(), ElementsAre(rights, refused));
  work.put({rows[0]});
  EXPECT_THAT(all_problems(), ElementsAre(rights));
  get(work.ledger.set_problem(work.record.id, std::nullopt));
  EXPECT_THAT(all_problems(), IsEmpty());
  EXPECT_EQ(get(account_->counters()).problems, 0U);
}

TEST_P(LedgerSuite, StrangersAreFound) {
  Opened work(*account_, "work"), home(*account_, "home");
  get(work.ledger.put_strangers(work.record.id, {stranger("a"), stranger("b"), stranger("c")}));
  get(home.ledger.put_strangers(home.record.id, {stranger("d")}));
  const auto find = [&](StrangerKey key, std::vector<std::string> values) {
    return get(work.ledger.find_strangers(work.record.id, key, std::move(values)));
  };
  EXPECT_THAT(find(StrangerKey::uid, {"uid-b", "uid-d"}), ElementsAre(stranger("b")));
  EXPECT_THAT(find(StrangerKey::target_name, {"c", "a"}), ElementsAre(stranger("a"), stranger("c")));
  EXPECT_THAT(find(StrangerKey::digest, {std::string(sha256("c").view())}), ElementsAre(stranger("c")));
  Stranger changed = stranger("a");
  changed.target_version = "new";
  get(work.ledger.put_strangers(work.record.id, {changed}));
  get(work.ledger.forget_strangers(work.record.id, {"b", "none"}));
  EXPECT_THAT(get(work.ledger.strangers(work.record.id, "", 9)), ElementsAre(changed, stranger("c")));
  EXPECT_THAT(get(work.ledger.strangers(work.record.id, "a", 9)), ElementsAre(stranger("c")));
}

TEST_P(LedgerSuite, AnotherTargetWithdrawsWhatWasThere) {
  Opened work(*account_, "work");
  work.record.target_name = "/t";
  work.record.target_state = work.record.target_seen = "t";
  work.record.source_state = "s";
  work.record.made_by_us = true;
  get(work.ledger.update_collection(work.record));
  work.put({resource("a", Level::listed), resource("b"), resource("c", std::nullopt), resource("d", Level::withdrawn)});
  get(work.ledger.put_strangers(work.record.id, {stranger("x")}));
  get(work.ledger.restart_target(work.record.id));
  const CollectionRecord now = work.again();
  EXPECT_EQ(now.target_name + now.target_state + now.target_seen, "");
  EXPECT_EQ(now.source_state, "s");
  EXPECT_FALSE(now.made_by_us);
  EXPECT_THAT(names(work.open()), ElementsAre("c.ics"));
  EXPECT_EQ(work.all()[0].target_name, "");
  EXPECT_EQ(get(account_->counters()).at(Level::withdrawn), 3U);
  EXPECT_EQ(get(account_->counters()).items, 3U);
  EXPECT_EQ(get(work.ledger.item_counts())[ItemKind::event].at(static_cast<std::size_t>(Level::withdrawn)), 3U);
  EXPECT_THAT(get(work.ledger.strangers(work.record.id, "", 9)), IsEmpty());
}

TEST_P(LedgerSuite, AForgottenCollectionLeavesNothing) {
  Opened work(*account_, "work");
  get(work.ledger.record(work.record.id, {{resource("a", std::nullopt), problem(0, 0)}, {resource("b"), std::nullopt}}));
  get(work.ledger.put_strangers(work.record.id, {stranger("x")}));
  get(work.ledger.forget_collection(work.record.id));
  EXPECT_THAT(get(work.ledger.collections()), IsEmpty());
  EXPECT_EQ(get(account_->counters()).items, 0U);
  EXPECT_EQ(get(account_->counters()).problems, 0U);
  EXPECT_THAT(get(work.ledger.item_counts()), IsEmpty());
  reopen();
  EXPECT_THAT(Opened(*account_, "work").all(), IsEmpty());
}

}  // namespace
}  // namespace godwit::ledger
