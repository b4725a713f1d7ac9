// SPDX-License-Identifier: Apache-2.0
#include "sync/moves.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "sync/doubt.h"

namespace godwit::sync {
namespace {

using ledger::Adoption;
using ledger::ItemRecord;
using ledger::Level;

constexpr std::size_t equal_ones_to_choose_from = 8;

// The row as it is to be in the folder where the message is now.
ItemRecord row_of(const ItemRecord& before, const endpoint::Message& message, Uid target_uid) {
  ItemRecord row = before;
  row.source_uid = message.uid;
  row.target_uid = target_uid;
  row.date = InternalDate::parse(message.date);
  // What the server altered is read back, so that it is named where it is now.
  if (row.level == Level::altered) row.level = Level::accepted;
  return row;
}

ledger::Problem conflict_of(const FolderWork& work, Uid source_uid, const endpoint::Folder& from, const ItemRecord& row) {
  return {work.record.id, work.name(), source_uid, row.size, "conflict",
          fmt::format("moved here on the source, but somebody moved or removed it on the target, where it was UID {} of {}; "
                      "what was done on the target stays",
                      row.target_uid, from.path.display()),
          {}, {}, {}, {}};
}

}  // namespace

std::optional<ChangeFlags> changed_flags(const ItemRecord& row, const endpoint::Message& message) {
  if (row.level == Level::withdrawn || row.flags == message.flags) return std::nullopt;
  return ChangeFlags{row.source_uid, row.target_uid, message.flags.without(row.flags), row.flags.without(message.flags), message.flags};
}

Task<Result<std::vector<Moves::Found>>> Moves::find(const FolderWork& work, std::span<const Asker> askers) {
  Alike<Digest> alike;
  for (std::size_t i = 0; i < askers.size(); ++i) alike[askers[i].inspection->digest].push_back(i);
  // The ledger gives an entry once within a call; it knows nothing of claims, nor which of several equal ones is meant.
  std::vector<Digest> digests;
  for (const auto& [digest, indexes] : alike) {
    const auto taken = context_.pool.claimed_alike.find(digest);
    const std::size_t claimed = taken != context_.pool.claimed_alike.end() ? taken->second : 0;
    digests.insert(digests.end(), indexes.size() + claimed + equal_ones_to_choose_from, digest);
  }
  GODWIT_CO_TRY(auto entries, co_await context_.account.find_vanished(std::move(digests), work.record.id));
  co_return choose(work, askers, alike, std::move(entries), [](const ItemRecord& row) { return row.digest; });
}

Task<Result<std::vector<Moves::Found>>> Moves::find_by_object(const FolderWork& work, std::span<const Asker> askers) {
  Alike<std::uint64_t> alike;
  for (std::size_t i = 0; i < askers.size(); ++i) {
    if (askers[i].message->object_id != 0) alike[askers[i].message->object_id].push_back(i);
  }
  std::vector<std::uint64_t> ids;
  for (const auto& [id, indexes] : alike) ids.insert(ids.end(), indexes.size() + equal_ones_to_choose_from, id);
  GODWIT_CO_TRY(auto entries, co_await context_.account.find_vanished_by_object(std::move(ids), work.record.id));
  co_return choose(work, askers, alike, std::move(entries), [](const ItemRecord& row) { return row.object_id; });
}

template <class Key, class KeyOf>
std::vector<Moves::Found> Moves::choose(const FolderWork& work, std::span<const Asker> askers, const Alike<Key>& alike,
                                        ledger::FoundVanished entries, KeyOf key_of) {
  std::map<Key, std::vector<ledger::VanishedItem>> usable;
  for (auto& entry : entries) {
    if (entry && may_use(work, *entry)) usable[key_of(entry->item)].push_back(*std::move(entry));
  }
  std::vector<Found> found;
  for (auto& [key, some] : usable) {
    for (const std::size_t asker : alike.at(key)) {
      if (some.empty()) break;
      const auto date = InternalDate::parse(askers[asker].message->date);
      const auto best = std::ranges::max_element(some, {}, [&](const ledger::VanishedItem& entry) {
        return std::pair(entry.folder == work.record.id, entry.item.date == date);
      });
      if (context_.pool.claimed.emplace(best->id, work.record.id).second) ++context_.pool.claimed_alike[best->item.digest];
      found.push_back({asker, std::move(*best)});
      some.erase(best);
    }
  }
  return found;
}

bool Moves::may_use(const FolderWork& work, const ledger::VanishedItem& entry) const {
  const auto claim = context_.pool.claimed.find(entry.id);
  if (claim != context_.pool.claimed.end() && claim->second != work.record.id) return false;
  if (entry.folder == work.record.id || (entry.item.level == Level::withdrawn && !entry.by_restart)) return true;
  // What went because UIDVALIDITY changed is probably still in its folder.
  return !entry.by_restart && entry.item.target_uid != 0 && session_.traits().moves_messages &&
         context_.target_folders.contains(entry.folder);
}

Task<Result<bool>> Moves::is_gone(const ledger::VanishedItem& entry) {
  const auto view = session_.open(context_.target_folders.at(entry.folder));
  const auto uids = view->uids(entry.item.target_uid);
  GODWIT_CO_TRY(const UidSet present, co_await uids->get());
  co_return !present.contains(entry.item.target_uid);
}

Task<Result<std::vector<std::size_t>>> Moves::carry_out(FolderWork& work, std::span<const Asker> askers, std::vector<Found> found) {
  std::vector<std::size_t> done;
  std::vector<ChangeFlags> flags;
  std::vector<Adoption> in_place;
  std::map<ledger::FolderId, std::vector<Found>> elsewhere;
  for (Found& each : found) {
    const bool is_here = each.entry.folder == work.record.id || each.entry.item.level == Level::withdrawn;
    if (!is_here) {
      elsewhere[each.entry.folder].push_back(std::move(each));
      continue;
    }
    const endpoint::Message& message = *askers[each.asker].message;
    // One that was withdrawn elsewhere has no place in this folder.
    const Uid uid = each.entry.folder == work.record.id ? each.entry.item.target_uid : 0;
    in_place.push_back({each.entry.id, row_of(each.entry.item, message, uid), work.name()});
    if (auto change = changed_flags(in_place.back().row, message)) flags.push_back(*std::move(change));
    done.push_back(each.asker);
  }
  context_.result.matched += in_place.size();
  if (!in_place.empty()) GODWIT_CO_CHECK(co_await context_.account.adopt(work.record.id, std::move(in_place)));
  for (const auto& [folder, some] : elsewhere) {
    GODWIT_CO_CHECK(co_await move(work, context_.target_folders.at(folder), askers, some, done, flags));
  }
  GODWIT_CO_CHECK(co_await bring_flags(context_, session_, FolderFlags{&work, std::move(flags)}));
  co_return done;
}

Task<Result<>> Moves::move(FolderWork& work, const endpoint::Folder& from, std::span<const Asker> askers,
                           std::span<const Found> found, std::vector<std::size_t>& done, std::vector<ChangeFlags>& flags) {
  UidSet source_uids, target_uids;
  for (const Found& each : found) {
    source_uids.add(askers[each.asker].message->uid);
    target_uids.add(each.entry.item.target_uid);
  }
  // With the intent on record a kill before the result leaves what was moved to be found in the folder as godwit's own.
  GODWIT_CO_TRY(const ledger::BatchId batch, co_await context_.account.begin_batch(work.record.id, std::move(source_uids),
                                                                                   work.record.target_uid_next));
  work.is_touched = true;
  auto moved = co_await session_.move(from, target_uids, work.target);
  if (!moved && reaction_to(moved.error().kind) != Reaction::skip_item) co_return std::unexpected(std::move(moved).error());
  std::map<Uid, Uid> places;
  if (moved) {
    if (!moved->uids.empty() && moved->uid_validity != work.record.target_uid_validity) {
      co_return fail(codes::target_folder_replaced, "the target folder's UIDVALIDITY changed during the round: " + work.name());
    }
    places.insert(moved->uids.begin(), moved->uids.end());
  } else {
    context_.warn(fmt::format("folder {}: {} messages that were moved on the source could not be moved on the target: {}",
                              work.name(), found.size(), describe(moved.error())), work.name(), code_of(moved.error()));
    GODWIT_CO_TRY(Candidates unknown, co_await read_unknown(context_, session_, work, work.record.target_uid_next));
    for (const Found& each : found) {
      if (const auto match = unknown.claim_exact(each.entry.item.digest)) places.emplace(each.entry.item.target_uid, match->uid);
    }
  }
  std::vector<Adoption> adoptions;
  std::vector<ledger::Problem> conflicts;
  for (const Found& each : found) {
    const endpoint::Message& message = *askers[each.asker].message;
    const auto place = places.find(each.entry.item.target_uid);
    // A new message that equals one of long ago has another date; what it was taken for has been dealt with.
    const bool is_the_same = each.entry.item.date == InternalDate::parse(message.date);
    if (place == places.end() && !(moved && is_the_same)) continue;
    ItemRecord row = row_of(each.entry.item, message, place != places.end() ? place->second : 0);
    if (place != places.end()) {
      row.level = Level::accepted;
      work.highest_told = std::max(work.highest_told, row.target_uid);
      if (auto change = changed_flags(row, message)) flags.push_back(*std::move(change));
      ++context_.result.moved;
    } else {
      row.level = Level::withdrawn;
      conflicts.push_back(conflict_of(work, message.uid, from, each.entry.item));
      ++context_.result.kept;
    }
    adoptions.push_back({each.entry.id, std::move(row), work.name()});
    done.push_back(each.asker);
  }
  GODWIT_CO_CHECK(co_await context_.account.adopt(work.record.id, std::move(adoptions)));
  co_return co_await context_.account.end_batch(batch, work.record.id, {}, std::move(conflicts), 0);
}

}  // namespace godwit::sync
