// SPDX-License-Identifier: Apache-2.0
// The items of collections in an account's store, and what the target alone has.
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.h"
#include "ledger/account_store.h"

namespace godwit::ledger {
namespace {

constexpr int active_mark = 1, brought_mark = 2, touched_mark = 4, gone_mark = 8, stale_mark = 16;

#define GODWIT_SELECT_RESOURCE                                                                                                         \
  "SELECT number, uid, kind, source_name, source_version, target_name, target_version, size, digest, target_digest, intended, level, " \
  "marks "                                                                                                                             \
  "FROM resource WHERE folder = ? AND "
constexpr std::string_view select_page = GODWIT_SELECT_RESOURCE "number > ? ORDER BY number LIMIT ?";
constexpr std::string_view select_open = GODWIT_SELECT_RESOURCE "is_open = 1 AND number > ? ORDER BY number LIMIT ?";
constexpr std::string_view select_by_source = GODWIT_SELECT_RESOURCE "source_name = ?";
constexpr std::string_view select_by_target = GODWIT_SELECT_RESOURCE "target_name = ?";
constexpr std::string_view select_by_uid = GODWIT_SELECT_RESOURCE "uid = ?";
#undef GODWIT_SELECT_RESOURCE

#define GODWIT_SELECT_STRANGER "SELECT target_name, target_version, uid, digest FROM stranger WHERE folder = ? AND "
constexpr std::string_view select_strangers = GODWIT_SELECT_STRANGER "target_name > ? ORDER BY target_name LIMIT ?";
constexpr std::string_view select_stranger_by_name = GODWIT_SELECT_STRANGER "target_name = ?";
constexpr std::string_view select_stranger_by_uid = GODWIT_SELECT_STRANGER "uid = ? ORDER BY target_name";
constexpr std::string_view select_stranger_by_digest = GODWIT_SELECT_STRANGER "digest = ? ORDER BY target_name";
#undef GODWIT_SELECT_STRANGER

ResourceRecord read_resource(const Statement& row) {
  const auto text = [&](int column) { return std::string(row.bytes(column)); };
  const int level = row.number<int>(11), marks = row.number<int>(12);
  ResourceRecord record{.number = row.number<ResourceNumber>(0),
                        .uid = text(1),
                        .kind = static_cast<ItemKind>(row.number<int>(2)),
                        .source_name = text(3),
                        .source_version = text(4),
                        .target_name = text(5),
                        .target_version = text(6),
                        .size = row.number<std::uint64_t>(7),
                        .digest = Digest::from(row.bytes(8)),
                        .target_digest = Digest::from(row.bytes(9)),
                        .intended = std::nullopt,
                        .level = std::nullopt};
  if (const std::string_view intended = row.bytes(10); !intended.empty()) record.intended = Digest::from(intended);
  if (level != 0) record.level = static_cast<Level>(level);
  record.is_active = (marks & active_mark) != 0;
  record.brought = (marks & brought_mark) != 0;
  record.touched = (marks & touched_mark) != 0;
  record.gone = (marks & gone_mark) != 0;
  record.stale = (marks & stale_mark) != 0;
  return record;
}

Result<std::vector<ResourceRecord>> read_resources(Statement& query) {
  std::vector<ResourceRecord> rows;
  GODWIT_CHECK(query.each([&](const Statement& row) { rows.push_back(read_resource(row)); }));
  return rows;
}

Result<std::vector<Stranger>> read_strangers(Statement& query) {
  std::vector<Stranger> strangers;
  GODWIT_CHECK(query.each([&](const Statement& row) {
    strangers.push_back({std::string(row.bytes(0)), std::string(row.bytes(1)), std::string(row.bytes(2)), Digest::from(row.bytes(3))});
  }));
  return strangers;
}

int marks_of(const ResourceRecord& row) {
  return (row.is_active ? active_mark : 0) | (row.brought ? brought_mark : 0) | (row.touched ? touched_mark : 0) |
         (row.gone ? gone_mark : 0) | (row.stale ? stale_mark : 0);
}

}  // namespace

Result<std::vector<ResourceRecord>> AccountStore::resources(FolderId collection, ResourceNumber after, std::size_t limit) {
  GODWIT_TRY(Statement query, database().prepare(select_page));
  return read_resources(query.bind(collection, after, limit));
}

Result<std::vector<ResourceRecord>> AccountStore::open_resources(FolderId collection, ResourceNumber after, std::size_t limit) {
  GODWIT_TRY(Statement query, database().prepare(select_open));
  return read_resources(query.bind(collection, after, limit));
}

Result<std::vector<ResourceRecord>> AccountStore::find_resources(FolderId collection, ResourceKey key,
                                                                 std::span<const std::string> values) {
  std::map<ResourceNumber, ResourceRecord> found;
  GODWIT_TRY(Statement query, database().prepare(key == ResourceKey::source_name   ? select_by_source
                                                 : key == ResourceKey::target_name ? select_by_target
                                                                                   : select_by_uid));
  for (const std::string& value : values) {
    GODWIT_TRY(auto rows, read_resources(query.bind(collection, std::string_view(value))));
    for (ResourceRecord& row : rows) found.insert_or_assign(row.number, std::move(row));
  }
  std::vector<ResourceRecord> all;
  for (auto& [number, row] : found) all.push_back(std::move(row));
  return all;
}

Result<> AccountStore::count_resource(FolderId collection, std::int64_t kind, std::int64_t level, std::int64_t size, int sign,
                                      Change& change) {
  if (level != 0) {
    change.items += sign;
    change.located += sign;
    change.bytes += sign * size;
    change.by_level.at(static_cast<std::size_t>(level)) += sign;
  }
  return database().run("INSERT INTO resource_count (folder, kind, level, resources) VALUES (?1, ?2, ?3, ?4) "
                        "ON CONFLICT DO UPDATE SET resources = resources + ?4",
                        collection, kind, level, sign);
}

Result<bool> AccountStore::take_resource(FolderId collection, ResourceNumber number, Change& change) {
  std::int64_t kind = -1, level = 0, size = 0;
  {
    GODWIT_TRY(Statement remove, database().prepare("DELETE FROM resource WHERE folder = ? AND number = ? RETURNING kind, level, size"));
    GODWIT_CHECK(remove.bind(collection, number).each([&](const Statement& row) {
      kind = row.number<std::int64_t>(0);
      level = row.number<std::int64_t>(1);
      size = row.number<std::int64_t>(2);
    }));
  }
  if (kind < 0) return false;
  GODWIT_CHECK(count_resource(collection, kind, level, size, -1, change));
  return true;
}

Result<> AccountStore::put_resource(FolderId collection, const ResourceRecord& row, Change& change) {
  GODWIT_TRY(const std::int64_t other, database().number("SELECT number FROM resource WHERE folder = ? AND source_name = ?", collection,
                                                         std::string_view(row.source_name)));
  if (other != 0)
    return fail(ErrorKind::exists, fmt::format("the ledger has another item {} in this collection", printable(row.source_name)));
  const int level = row.level ? static_cast<int>(*row.level) : 0;
  GODWIT_CHECK(
      database().run("INSERT INTO resource (folder, number, uid, kind, source_name, source_version, target_name, target_version, size, "
                     "digest, target_digest, intended, level, marks, is_open) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     collection, row.number, std::string_view(row.uid), static_cast<int>(row.kind), std::string_view(row.source_name),
                     std::string_view(row.source_version), std::string_view(row.target_name), std::string_view(row.target_version),
                     row.size, Blob{row.digest.view()}, Blob{row.target_digest.view()},
                     Blob{row.intended ? row.intended->view() : std::string_view()}, level, marks_of(row), is_open(row) ? 1 : 0));
  return count_resource(collection, static_cast<int>(row.kind), level, static_cast<std::int64_t>(row.size), 1, change);
}

Result<std::vector<ResourceRecord>> AccountStore::record_resources(FolderId collection, std::span<const RecordedResource> rows) {
  Change change;
  std::vector<ResourceRecord> recorded;
  GODWIT_TRY(std::int64_t last, database().number("SELECT last_resource FROM folder WHERE id = ?", collection));
  for (const RecordedResource& each : rows) {
    ResourceRecord row = each.row;
    if (row.number == 0) row.number = static_cast<ResourceNumber>(++last);
    else GODWIT_CHECK(take_resource(collection, row.number, change));
    GODWIT_CHECK(put_resource(collection, row, change));
    if (!each.keeps_problem) GODWIT_CHECK(erase_problems(collection, row.number, row.number, change));
    if (each.problem) {
      Problem own = *each.problem;
      own.folder = collection;
      own.source_uid = row.number;
      GODWIT_CHECK(put_problems(collection, {}, std::span(&own, 1), change));
    }
    recorded.push_back(std::move(row));
  }
  GODWIT_CHECK(database().run("UPDATE folder SET last_resource = ? WHERE id = ?", last, collection));
  GODWIT_CHECK(change_folder(collection, change));
  return recorded;
}

Result<> AccountStore::forget_resources(FolderId collection, std::span<const ResourceNumber> numbers) {
  Change change;
  for (const ResourceNumber number : numbers) {
    GODWIT_CHECK(take_resource(collection, number, change));
    GODWIT_CHECK(erase_problems(collection, number, number, change));
  }
  return change_folder(collection, change);
}

Result<> AccountStore::put_strangers(FolderId collection, std::span<const Stranger> strangers) {
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT INTO stranger (folder, target_name, target_version, uid, digest) VALUES (?1, ?2, ?3, ?4, ?5) "
                                "ON CONFLICT DO UPDATE SET target_version = ?3, uid = ?4, digest = ?5"));
  for (const Stranger& stranger : strangers) {
    GODWIT_CHECK(insert.bind(collection, std::string_view(stranger.target_name), std::string_view(stranger.target_version),
                             std::string_view(stranger.uid), Blob{stranger.digest.view()}).run());
  }
  return {};
}

Result<> AccountStore::forget_strangers(FolderId collection, std::span<const std::string> target_names) {
  for (const std::string& name : target_names) {
    GODWIT_CHECK(database().run("DELETE FROM stranger WHERE folder = ? AND target_name = ?", collection, std::string_view(name)));
  }
  return {};
}

Result<std::vector<Stranger>> AccountStore::find_strangers(FolderId collection, StrangerKey key, std::span<const std::string> values) {
  std::map<std::string, Stranger> found;
  GODWIT_TRY(Statement query, database().prepare(key == StrangerKey::target_name ? select_stranger_by_name
                                                 : key == StrangerKey::uid       ? select_stranger_by_uid
                                                                                 : select_stranger_by_digest));
  for (const std::string& value : values) {
    if (key == StrangerKey::digest) query.bind(collection, Blob{value});
    else query.bind(collection, std::string_view(value));
    GODWIT_TRY(auto strangers, read_strangers(query));
    for (Stranger& stranger : strangers) found.insert_or_assign(stranger.target_name, std::move(stranger));
  }
  std::vector<Stranger> all;
  for (auto& [name, stranger] : found) all.push_back(std::move(stranger));
  return all;
}

Result<std::vector<Stranger>> AccountStore::strangers(FolderId collection, const std::string& after, std::size_t limit) {
  GODWIT_TRY(Statement query, database().prepare(select_strangers));
  return read_strangers(query.bind(collection, std::string_view(after), limit));
}

}  // namespace godwit::ledger
