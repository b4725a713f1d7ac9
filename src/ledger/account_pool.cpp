// SPDX-License-Identifier: Apache-2.0
// The vanished pool of an account's store; see docs/decisions/0004-vanished-items-wait-in-a-pool.md.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "ledger/account_store.h"
#include "ledger/schema.h"

namespace godwit::ledger {
namespace {

#define GODWIT_SELECT_VANISHED "SELECT id, folder, by_restart, being_removed, " GODWIT_ITEM_COLUMNS " FROM vanished "
#define GODWIT_OWN_FIRST "ORDER BY folder <> ?2, id LIMIT ?3"

constexpr std::string_view select_page = GODWIT_SELECT_VANISHED "WHERE id > ? ORDER BY id LIMIT ?";
constexpr std::string_view select_by_digest = GODWIT_SELECT_VANISHED
    "WHERE " GODWIT_DIGEST_KEY("digest") " = " GODWIT_DIGEST_KEY("?1") " AND digest = ?1 " GODWIT_OWN_FIRST;
constexpr std::string_view select_by_object = GODWIT_SELECT_VANISHED
    "WHERE object_id = ?1 AND object_id <> 0 " GODWIT_OWN_FIRST;
#undef GODWIT_OWN_FIRST
#undef GODWIT_SELECT_VANISHED

Blob bindable(const Digest& digest) { return {digest.view()}; }
std::uint64_t bindable(std::uint64_t object_id) { return object_id; }

}  // namespace

Result<Uid> AccountStore::move_to_pool(FolderId folder, Uid from, const UidSet& source_uids, bool by_restart,
                                       Change& change) {
  std::int64_t room = slice_rows;
  for (UidRange range : source_uids.ranges()) {
    if (range.last < from) continue;
    range.first = std::max(range.first, from);
    if (room <= 0) return range.first;
    std::int64_t last = range.last;
    if (std::cmp_greater(range.size(), room)) {
      GODWIT_TRY(const std::int64_t end, end_of_slice(folder, range.first, room));
      if (end != 0) last = std::min(last, end - 1);
    }
    GODWIT_CHECK(database().run("INSERT INTO vanished (folder, " GODWIT_ITEM_COLUMNS ", by_restart) SELECT folder, "
                                GODWIT_ITEM_COLUMNS ", ? FROM item WHERE folder = ? AND source_uid BETWEEN ? AND ? "
                                "AND level <> ? ORDER BY source_uid",
                                by_restart ? 1 : 0, folder, range.first, last, static_cast<int>(Level::left_out)));
    change.vanished += static_cast<std::int64_t>(database().changes());
    const std::int64_t before = change.items;
    GODWIT_CHECK(erase_items(folder, range.first, last, change));
    room -= std::max<std::int64_t>(before - change.items, 1);
    if (last < range.last) return static_cast<Uid>(last + 1);
  }
  return 0;
}

Result<Uid> AccountStore::vanish_slice(FolderId folder, Uid from, const UidSet& source_uids) {
  Change change;
  GODWIT_TRY(const Uid next, move_to_pool(folder, from, source_uids, false, change));
  GODWIT_CHECK(change_folder(folder, change));
  return next;
}

Result<bool> AccountStore::restart_source_slice(FolderId folder, std::uint32_t source_uid_validity) {
  Change change;
  GODWIT_TRY(const Uid next, move_to_pool(folder, 0, UidSet::of_range(0, static_cast<Uid>(no_uid - 1)), true, change));
  const bool more = next != 0;
  GODWIT_CHECK(erase_problems(folder, 0, no_uid, change));
  // What waited in the pool before is known by a UID that now means another message.
  GODWIT_CHECK(database().run("UPDATE vanished SET by_restart = 1 WHERE folder = ? AND by_restart = 0", folder));
  // As in restart_slice(): until the last slice the source's validity is unknown.
  GODWIT_CHECK(database().run(
      "UPDATE folder SET source_uid_validity = ?2, accepted_from = ?3, source_token_uid_validity = 0, "
      "source_token_uid_next = 0, source_token_messages = 0, source_token_highest_modseq = 0 WHERE id = ?1",
      folder, more ? 0 : source_uid_validity, more ? 0 : no_uid));
  GODWIT_CHECK(change_folder(folder, change));
  return more;
}

Result<bool> AccountStore::erase_pool_of(FolderId folder, Change& change) {
  GODWIT_CHECK(database().run("DELETE FROM vanished WHERE id IN (SELECT id FROM vanished WHERE folder = ? LIMIT ?)", folder,
                              slice_rows));
  const auto erased = static_cast<std::int64_t>(database().changes());
  change.vanished -= erased;
  return erased == slice_rows;
}

Result<VanishedItem> AccountStore::read_vanished(const Statement& row) {
  GODWIT_TRY(ItemRecord item, read_item(row, 4));
  return VanishedItem{.id = row.number<VanishedId>(0),
                      .folder = row.number<FolderId>(1),
                      .by_restart = row.number<int>(2) != 0,
                      .being_removed = row.number<int>(3) != 0,
                      .item = std::move(item)};
}

Result<std::vector<VanishedItem>> AccountStore::vanished(VanishedId after, std::size_t limit) {
  std::vector<VanishedItem> entries;
  GODWIT_TRY(Statement query, database().prepare(select_page));
  query.bind(after, limit);
  while (true) {
    GODWIT_TRY(const bool more, query.step());
    if (!more) return entries;
    GODWIT_TRY(VanishedItem entry, read_vanished(query));
    entries.push_back(std::move(entry));
  }
}

// Askers for the same key get the first entries of that key, in the order in which they ask.
template <class Key>
Result<FoundVanished> AccountStore::find(Statement query, std::span<const Key> keys, FolderId folder) {
  FoundVanished found(keys.size());
  std::vector<std::size_t> askers(keys.size());
  std::iota(askers.begin(), askers.end(), std::size_t{0});
  std::ranges::sort(askers, {}, [&](const std::size_t& asker) { return std::tie(keys[asker], asker); });
  for (auto asker = askers.begin(); asker != askers.end();) {
    const Key& key = keys[*asker];
    const auto end = std::find_if(asker, askers.end(), [&](std::size_t other) { return keys[other] != key; });
    query.bind(bindable(key), folder, end - asker);
    while (true) {
      GODWIT_TRY(const bool more, query.step());
      if (!more) break;
      GODWIT_TRY(found[*asker++], read_vanished(query));
    }
    asker = end;
  }
  return found;
}

Result<FoundVanished> AccountStore::find_vanished(std::span<const Digest> digests, FolderId folder) {
  GODWIT_TRY(Statement query, database().prepare(select_by_digest));
  return find(std::move(query), digests, folder);
}

Result<FoundVanished> AccountStore::find_vanished_by_object(std::span<const std::uint64_t> object_ids, FolderId folder) {
  GODWIT_TRY(Statement query, database().prepare(select_by_object));
  return find(std::move(query), object_ids, folder);
}

Result<std::optional<AccountStore::LeftPlace>> AccountStore::take_from_pool(VanishedId id, std::map<FolderId, Change>& changes) {
  std::optional<LeftPlace> left;
  GODWIT_TRY(Statement remove, database().prepare("DELETE FROM vanished WHERE id = ? RETURNING folder, source_uid, by_restart"));
  remove.bind(id);
  GODWIT_CHECK(remove.each([&](const Statement& row) {
    left = LeftPlace{row.number<FolderId>(0), row.number<int>(2) == 0 ? row.number<Uid>(1) : 0};
  }));
  if (left) changes[left->folder].vanished -= 1;
  return left;
}

// What was repaired stays so, wherever the item is: its digest is what the target must have.
Result<std::vector<Problem>> AccountStore::take_repairs(const LeftPlace& left, std::map<FolderId, Change>& changes) {
  std::vector<Problem> repaired;
  if (left.source_uid == 0) return repaired;
  GODWIT_TRY(const std::int64_t problems, database().number("SELECT problems FROM folder WHERE id = ?", left.folder));
  if (problems == 0) return repaired;
  GODWIT_TRY(repaired, repairs_of(left.folder, left.source_uid));
  if (!repaired.empty()) GODWIT_CHECK(erase_problems(left.folder, left.source_uid, left.source_uid, changes[left.folder]));
  return repaired;
}

Result<> AccountStore::adopt(FolderId folder, std::span<const Adoption> adoptions) {
  std::map<FolderId, Change> changes;
  std::vector<ItemRecord> rows;
  std::vector<Problem> repairs;
  for (const Adoption& adoption : adoptions) {
    GODWIT_TRY(const auto left, take_from_pool(adoption.vanished, changes));
    if (!left) return fail(ErrorKind::not_found, fmt::format("the ledger has no vanished item {} any more", adoption.vanished));
    rows.push_back(adoption.row);
    GODWIT_TRY(auto repaired, take_repairs(*left, changes));
    for (Problem& problem : repaired) {
      problem.source_uid = adoption.row.source_uid;
      if (!adoption.folder_name.empty()) problem.folder_name = adoption.folder_name;
      repairs.push_back(std::move(problem));
    }
  }
  Change& change = changes[folder];
  GODWIT_CHECK(put_items(folder, rows, change));
  GODWIT_CHECK(put_problems(folder, rows, repairs, change));
  for (const auto& [id, each] : changes) GODWIT_CHECK(change_folder(id, each));
  return {};
}

Result<> AccountStore::begin_removal(std::span<const VanishedId> ids) {
  GODWIT_TRY(Statement update, database().prepare("UPDATE vanished SET being_removed = 1 WHERE id = ?"));
  for (const VanishedId id : ids) GODWIT_CHECK(update.bind(id).run());
  return {};
}

Result<> AccountStore::relocate_vanished(VanishedId id, FolderId folder, Uid target_uid) {
  std::map<FolderId, Change> changes;
  {
    GODWIT_TRY(Statement query, database().prepare("SELECT folder FROM vanished WHERE id = ?"));
    query.bind(id);
    GODWIT_CHECK(query.each([&](const Statement& row) { changes[row.number<FolderId>(0)].vanished -= 1; }));
  }
  if (changes.empty()) return fail(ErrorKind::not_found, fmt::format("the ledger has no vanished item {} any more", id));
  changes[folder].vanished += 1;
  GODWIT_CHECK(database().run("UPDATE vanished SET folder = ?2, target_uid = ?3, being_removed = 0 WHERE id = ?1", id, folder, target_uid));
  for (const auto& [each, change] : changes) GODWIT_CHECK(change_folder(each, change));
  return {};
}

Result<> AccountStore::drop_vanished(std::span<const VanishedId> ids) {
  std::map<FolderId, Change> changes;
  for (const VanishedId id : ids) {
    GODWIT_TRY(const auto left, take_from_pool(id, changes));
    if (left) GODWIT_CHECK(take_repairs(*left, changes));
  }
  for (const auto& [id, each] : changes) GODWIT_CHECK(change_folder(id, each));
  return {};
}

}  // namespace godwit::ledger
