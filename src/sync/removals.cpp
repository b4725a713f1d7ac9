// SPDX-License-Identifier: Apache-2.0
#include "sync/removals.h"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::sync {
namespace {

using endpoint::Folder;
using ledger::FolderId;
using ledger::VanishedId;
using ledger::VanishedItem;

constexpr std::size_t page = 1000;
constexpr std::uint64_t few = 20;  // so many may go whatever part of the account they are

bool is_removable(const VanishedItem& entry) {
  return !entry.by_restart && entry.item.brought && entry.item.level != ledger::Level::withdrawn && entry.item.target_uid != 0;
}

class Removals {
 public:
  Removals(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target, const RemovalGrounds& grounds)
      : context_(context), source_(source), target_(target), grounds_(grounds) {}

  Task<Result<>> run() {
    GODWIT_CO_CHECK(co_await load_records());
    GODWIT_CO_TRY(const ledger::Counters counters, co_await context_.account.counters());
    if (counters.vanished > 0) GODWIT_CO_CHECK(co_await remove_items(counters));
    GODWIT_CO_CHECK(co_await load_records());
    co_return co_await remove_folders();
  }

 private:
  Task<Result<>> load_records() {
    GODWIT_CO_TRY(auto records, co_await context_.account.folders());
    records_.clear();
    for (auto& record : records) records_.emplace(record.id, std::move(record));
    GODWIT_CO_TRY(const ledger::Route route, co_await context_.account.route());
    is_route_old_ = route == ledger::Route::old;
    co_return Result<>{};
  }
  [[nodiscard]] const Folder* source_folder(const ledger::FolderRecord& record) const {
    const auto found = std::ranges::find(grounds_.source_folders, record.source_name, &Folder::name);
    return found != grounds_.source_folders.end() && found->selectable ? &*found : nullptr;
  }

  Task<Result<>> remove_items(const ledger::Counters& counters) {
    GODWIT_CO_CHECK(co_await drop_what_stays());
    if (removable_ == 0) co_return Result<>{};
    GODWIT_CO_TRY(std::string hold, co_await reason_to_hold(counters));
    if (!hold.empty()) {
      context_.result.removals_held = removable_;
      context_.result.notes.push_back(fmt::format("{} messages that are gone on the source were not removed on the target: {}",
                                                  removable_, hold));
      context_.warn(context_.result.notes.back());
      co_return Result<>{};
    }
    for (VanishedId after = 0;;) {
      GODWIT_CO_TRY(const auto entries, co_await context_.account.vanished(after, page));
      if (entries.empty()) co_return Result<>{};
      after = entries.back().id;
      std::map<FolderId, std::vector<VanishedItem>> by_folder;
      for (const VanishedItem& entry : entries) {
        if (is_removable(entry)) by_folder[entry.folder].push_back(entry);
      }
      for (auto& [folder, some] : by_folder) GODWIT_CO_CHECK(co_await remove_from(records_.at(folder), std::move(some)));
    }
  }

  // Counts what may be removed; of the others only what went by a restart, in a folder that is still there, waits on.
  Task<Result<>> drop_what_stays() {
    for (VanishedId after = 0;;) {
      GODWIT_CO_TRY(const auto entries, co_await context_.account.vanished(after, page));
      if (entries.empty()) co_return Result<>{};
      after = entries.back().id;
      std::vector<VanishedId> dropped;
      for (const VanishedItem& entry : entries) {
        if (entry.by_restart && source_folder(records_.at(entry.folder)) != nullptr) continue;
        if (is_route_old_ && is_removable(entry)) {
          ++removable_;
          continue;
        }
        dropped.push_back(entry.id);
        if (entry.item.level != ledger::Level::withdrawn) ++context_.result.kept;
      }
      if (!dropped.empty() && grounds_.hold.empty()) GODWIT_CO_CHECK(co_await context_.account.drop_vanished(std::move(dropped)));
    }
  }

  Task<Result<std::string>> reason_to_hold(const ledger::Counters& counters) {
    if (!grounds_.hold.empty()) co_return grounds_.hold;
    if (!target_.traits().removes_messages) co_return "the target cannot remove single messages (it has no UIDPLUS)";
    const std::uint64_t before = counters.items + counters.vanished;
    if (removable_ > few && removable_ * 2 > before && !context_.options.allow_mass_removal) {
      co_return fmt::format("they are more than half of the account's {}; if that is right, run again with --allow-mass-removal", before);
    }
    // What came to the source since the round began may be what is missed, moved.
    GODWIT_CO_TRY(const auto now, co_await source_.folders());
    for (const Folder& folder : now) {
      const auto before_round = std::ranges::find(grounds_.source_folders, folder.name, &Folder::name);
      const bool is_same = before_round != grounds_.source_folders.end() && before_round->state.uid_validity == folder.state.uid_validity &&
                           before_round->state.uid_next == folder.state.uid_next &&
                           (folder.state.uid_next > 0 || before_round->state.messages >= folder.state.messages);
      if (!is_same) co_return "new messages came to the source meanwhile, which may be the same ones; the next round sees";
    }
    co_return std::string();
  }

  Task<Result<>> remove_from(const ledger::FolderRecord& record, std::vector<VanishedItem> entries) {
    GODWIT_CO_CHECK(co_await take_back_what_is_listed(record, entries));
    std::vector<VanishedId> done;
    const auto place = context_.target_folders.find(record.id);
    if (place != context_.target_folders.end()) {
      GODWIT_CO_TRY(done, co_await remove_on_target(record, place->second, entries));
    } else {
      for (const VanishedItem& entry : entries) done.push_back(entry.id);  // the folder is gone there, too
    }
    co_return co_await context_.account.drop_vanished(std::move(done));
  }

  // The second list: an item that the source lists after all goes back to its row.
  Task<Result<>> take_back_what_is_listed(const ledger::FolderRecord& record, std::vector<VanishedItem>& entries) {
    const Folder* const folder = source_folder(record);
    if (folder == nullptr) co_return Result<>{};
    const auto view = source_.open(*folder);
    GODWIT_CO_TRY(const FolderToken state, co_await view->state());
    if (state.uid_validity != record.source_uid_validity) {
      co_return fail(ErrorKind::network, "the folder's UIDVALIDITY changed during the round: " + folder->path.display());
    }
    const auto uids = view->uids(1);
    GODWIT_CO_TRY(const UidSet present, co_await uids->get());
    std::vector<ledger::Adoption> listed;
    for (const VanishedItem& entry : entries) {
      if (present.contains(entry.item.source_uid)) listed.push_back({entry.id, entry.item});
    }
    if (listed.empty()) co_return Result<>{};
    context_.warn(fmt::format("folder {}: the source did not list {} messages at first, and does now", folder->path.display(), listed.size()));
    std::erase_if(entries, [&](const VanishedItem& entry) { return present.contains(entry.item.source_uid); });
    co_return co_await context_.account.adopt(record.id, std::move(listed));
  }

  // Returns what has found its end: removed, gone already, or left because of what people did to it.
  Task<Result<std::vector<VanishedId>>> remove_on_target(const ledger::FolderRecord& record, const Folder& folder,
                                                         std::span<const VanishedItem> entries) {
    std::vector<VanishedId> done;
    std::map<Uid, const VanishedItem*> by_uid;
    UidSet uids;
    for (const VanishedItem& entry : entries) by_uid.emplace(entry.item.target_uid, &entry);
    for (const auto& [uid, entry] : by_uid) uids.add(uid);
    if (uids.empty()) co_return done;
    const auto view = target_.open(folder);
    GODWIT_CO_TRY(const FolderToken state, co_await view->state());
    if (state.uid_validity != record.target_uid_validity) co_return done;  // the next round matches the folder again
    const auto listing = view->list(uids, 0);
    UidSet to_remove;
    std::map<Uid, MessageFlags> flags;
    while (true) {
      GODWIT_CO_TRY(auto items, co_await listing->next());
      if (items.empty()) break;
      for (auto& item : items) flags.emplace(item.uid, std::move(item.flags));
    }
    // A kill in the middle of a removal leaves it set; and who sets it on the target wants the message to go.
    const MessageFlags deleted{.system = MessageFlags::deleted, .keywords = {}};
    std::vector<ledger::Problem> conflicts;
    for (const auto& [uid, entry] : by_uid) {
      const auto found = flags.find(uid);
      if (found != flags.end() && found->second.without(deleted) == entry->item.flags.without(deleted)) {
        to_remove.add(uid);
        continue;
      }
      done.push_back(entry->id);
      if (found == flags.end()) continue;
      ++context_.result.kept;
      conflicts.push_back({record.id, folder.path.display(), entry->item.source_uid, entry->item.size, "conflict",
                           fmt::format("removed on the source, but its flags were changed on the target, where it is UID {}: "
                                       "it stays there",
                                       uid),
                           {}, {}, {}, {}});
      context_.warn(fmt::format("folder {}: UID {}: {}", folder.path.display(), entry->item.source_uid, conflicts.back().reason));
    }
    if (!conflicts.empty()) GODWIT_CO_CHECK(co_await context_.account.record(record.id, {}, std::move(conflicts)));
    if (to_remove.empty()) co_return done;
    GODWIT_CO_CHECK(co_await target_.remove(folder, to_remove));
    const auto after = target_.open(folder);
    const auto left = after->uids(to_remove.first());
    GODWIT_CO_TRY(const UidSet still_there, co_await left->get());
    for (const auto& [uid, entry] : by_uid) {
      if (!to_remove.contains(uid)) continue;
      if (still_there.contains(uid)) {
        ++context_.result.removals_held;
        continue;
      }
      ++context_.result.removed;
      done.push_back(entry->id);
    }
    co_return done;
  }

  // Folders that are gone on the source, with nothing left of them on record.
  Task<Result<>> remove_folders() {
    std::vector<const ledger::FolderRecord*> gone;
    for (const auto& [id, record] : records_) {
      const auto listed = std::ranges::find(grounds_.source_folders, record.source_name, &Folder::name);
      if (listed == grounds_.source_folders.end() && record.items + record.vanished + record.open_batches == 0) gone.push_back(&record);
    }
    if (gone.empty()) co_return Result<>{};
    GODWIT_CO_TRY(auto there, co_await target_.folders());
    // What lies below others goes first.
    std::ranges::sort(gone, std::ranges::greater(), [](const auto* record) { return record->target_name; });
    for (const ledger::FolderRecord* const record : gone) {
      const auto place = std::ranges::find(there, record->target_name, &Folder::name);
      if (place != there.end() && may_remove(*record, *place, there)) {
        const auto removed = co_await target_.remove_folder(*place);
        if (!removed && reaction_to(removed.error().kind) != Reaction::skip_item) co_return removed;
        if (removed) {
          ++context_.result.folders_removed;
          context_.step("folder " + place->path.display() + ": removed, as on the source");
          there.erase(place);
        }
      }
      GODWIT_CO_CHECK(co_await context_.account.forget_folder(record->id));
    }
    co_return Result<>{};
  }

  [[nodiscard]] bool may_remove(const ledger::FolderRecord& record, const Folder& folder, std::span<const Folder> there) const {
    const auto lies_below = [&folder](const Folder& other) {
      const auto& above = folder.path.segments;
      const auto& below = other.path.segments;
      return below.size() > above.size() && std::equal(above.begin(), above.end(), below.begin());
    };
    return is_route_old_ && record.made_by_us && folder.state.uid_validity == record.target_uid_validity &&
           folder.state.messages == 0 && folder.selectable && std::ranges::none_of(there, lies_below);
  }

  const RoundContext& context_;
  endpoint::Session& source_;
  endpoint::TargetSession& target_;
  const RemovalGrounds& grounds_;
  std::map<FolderId, ledger::FolderRecord> records_;
  bool is_route_old_ = false;
  std::uint64_t removable_ = 0;
};

}  // namespace

Task<Result<>> remove_vanished(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                               const RemovalGrounds& grounds) {
  co_return co_await Removals(context, source, target, grounds).run();
}

}  // namespace godwit::sync
