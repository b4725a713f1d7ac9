// SPDX-License-Identifier: Apache-2.0
// Collections of an account's store; their items are in account_resources.cpp.
#include <fmt/format.h>

#include "base/text.h"
#include "ledger/account_store.h"

namespace godwit::ledger {
namespace {

constexpr int kind_shift = 1;  // 0: a folder of messages

#define GODWIT_SELECT_COLLECTION                                                                                              \
  "SELECT id, kind, source_name, target_name, display_name, made, source_seen, target_seen, source_state, target_state, extras, items, " \
  "(SELECT count(*) FROM resource WHERE resource.folder = folder.id AND is_open = 1) FROM folder "
constexpr std::string_view select_collections = GODWIT_SELECT_COLLECTION "WHERE kind <> 0 ORDER BY id";
constexpr std::string_view select_collection = GODWIT_SELECT_COLLECTION "WHERE kind = ? AND source_name = ?";
#undef GODWIT_SELECT_COLLECTION

CollectionRecord read_collection(const Statement& row) {
  const auto text = [&](int column) { return std::string(row.bytes(column)); };
  return {.id = row.number<FolderId>(0),
          .kind = static_cast<CollectionKind>(row.number<int>(1) - kind_shift),
          .source_name = text(2),
          .target_name = text(3),
          .display_name = text(4),
          .made_by_us = row.number<int>(5) != 0,
          .source_seen = text(6),
          .target_seen = text(7),
          .source_state = text(8),
          .target_state = text(9),
          .extras = text(10),
          .items = row.number<std::uint64_t>(11),
          .open = row.number<std::uint64_t>(12)};
}

}  // namespace

Result<std::vector<CollectionRecord>> AccountStore::collections() {
  std::vector<CollectionRecord> collections;
  GODWIT_TRY(Statement query, database().prepare(select_collections));
  GODWIT_CHECK(query.each([&](const Statement& row) { collections.push_back(read_collection(row)); }));
  return collections;
}

Result<CollectionRecord> AccountStore::open_collection(CollectionKind kind, const std::string& source_name,
                                                       const std::string& display_name) {
  const int number = static_cast<int>(kind) + kind_shift;
  GODWIT_CHECK(database().run("INSERT INTO folder (kind, source_name, target_name, display_name, changed) VALUES (?, ?, '', ?, ?) "
                              "ON CONFLICT (kind, source_name) DO NOTHING",
                              number, std::string_view(source_name), std::string_view(display_name), ++last_change_));
  std::optional<CollectionRecord> record;
  GODWIT_TRY(Statement query, database().prepare(select_collection));
  GODWIT_CHECK(query.bind(number, std::string_view(source_name)).each([&](const Statement& row) { record = read_collection(row); }));
  return record.value();
}

Result<> AccountStore::update_collection(const CollectionRecord& record) {
  GODWIT_CHECK(database().run("UPDATE folder SET target_name = ?2, display_name = ?3, made = ?4, source_seen = ?5, target_seen = ?6, "
                              "source_state = ?7, target_state = ?8, extras = ?9 WHERE id = ?1",
                              record.id, std::string_view(record.target_name), std::string_view(record.display_name),
                              record.made_by_us ? 1 : 0, std::string_view(record.source_seen), std::string_view(record.target_seen),
                              std::string_view(record.source_state), std::string_view(record.target_state),
                              std::string_view(record.extras)));
  return change_folder(record.id, {});
}

Result<> AccountStore::set_collection_problem(FolderId collection, const std::optional<Problem>& problem) {
  Change change;
  GODWIT_CHECK(erase_problems(collection, 0, 0, change));
  if (problem) {
    Problem own = *problem;
    own.folder = collection;
    own.source_uid = 0;
    GODWIT_CHECK(put_problems(collection, {}, std::span(&own, 1), change));
  }
  return change_folder(collection, change);
}

Result<> AccountStore::restart_target(FolderId collection) {
  Change change;
  constexpr auto withdrawn = static_cast<std::size_t>(Level::withdrawn);
  {
    GODWIT_TRY(Statement query,
               database().prepare("SELECT level, sum(resources) FROM resource_count WHERE folder = ? AND level BETWEEN 1 AND 4 "
                                  "GROUP BY level"));
    GODWIT_CHECK(query.bind(collection).each([&](const Statement& row) {
      change.by_level.at(row.number<std::size_t>(0)) -= row.number<std::int64_t>(1);
      change.by_level.at(withdrawn) += row.number<std::int64_t>(1);
    }));
  }
  GODWIT_CHECK(database().run(
      "INSERT INTO resource_count (folder, kind, level, resources) "
      "SELECT folder, kind, ?2, sum(resources) FROM resource_count WHERE folder = ?1 AND level BETWEEN 1 AND 4 GROUP BY kind "
      "ON CONFLICT DO UPDATE SET resources = resources + excluded.resources",
      collection, withdrawn));
  GODWIT_CHECK(database().run("DELETE FROM resource_count WHERE folder = ? AND level BETWEEN 1 AND 4", collection));
  GODWIT_CHECK(database().run(
      "UPDATE resource SET target_name = '', target_version = '', intended = NULL, "
      "marks = marks & ~16, is_open = iif(level > 0 AND (marks & 8) = 0, 0, is_open), level = iif(level > 0, ?2, 0) WHERE folder = ?1",
      collection, withdrawn));
  GODWIT_CHECK(database().run("DELETE FROM stranger WHERE folder = ?", collection));
  GODWIT_CHECK(database().run("UPDATE folder SET target_name = '', target_seen = '', target_state = '', made = 0, located = 0 WHERE id = ?",
                              collection));
  return change_folder(collection, change);
}

Result<> AccountStore::forget_collection(FolderId collection) {
  GODWIT_CHECK(database().run("DELETE FROM resource WHERE folder = ?", collection));
  GODWIT_CHECK(database().run("DELETE FROM resource_count WHERE folder = ?", collection));
  GODWIT_CHECK(database().run("DELETE FROM stranger WHERE folder = ?", collection));
  GODWIT_CHECK(database().run("UPDATE folder SET items = 0 WHERE id = ? AND kind <> 0", collection));
  return forget_folder(collection);
}

Result<std::map<ItemKind, LevelCounts>> AccountStore::item_counts() {
  std::map<ItemKind, LevelCounts> counts;
  GODWIT_TRY(Statement query,
             database().prepare("SELECT kind, level, sum(resources) FROM resource_count GROUP BY kind, level HAVING sum(resources) > 0"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    counts[static_cast<ItemKind>(row.number<int>(0))].at(row.number<std::size_t>(1)) = row.number<std::uint64_t>(2);
  }));
  return counts;
}

}  // namespace godwit::ledger
