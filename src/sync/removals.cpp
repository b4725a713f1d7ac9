// SPDX-License-Identifier: Apache-2.0
#include "sync/removals.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "sync/doubt.h"
#include "sync/folder_map.h"

namespace godwit::sync {
namespace {

using endpoint::Folder;
using ledger::FolderId;
using ledger::VanishedId;
using ledger::VanishedItem;

// Of entries. The flags of so few are listed by one command, behind which another folder may be opened.
constexpr std::size_t page = 1000;
constexpr std::uint64_t few = 20;  // so many may go whatever part of the account they are

bool is_removable(const VanishedItem& entry) {
  return !entry.by_restart && entry.item.brought && entry.item.level != ledger::Level::withdrawn && entry.item.target_uid != 0;
}

using Group = std::map<FolderId, std::vector<VanishedItem>>;

// A folder of the target while messages are removed from it.
struct OnTarget {
  const ledger::FolderRecord* record = nullptr;
  const Folder* place = nullptr;
  std::map<Uid, const VanishedItem*> by_uid;
  std::unique_ptr<endpoint::FolderView> view;
  std::unique_ptr<endpoint::ItemReader> listing;
  UidSet to_remove;
  std::unique_ptr<endpoint::Pending<void>> removal;
  std::unique_ptr<endpoint::Pending<UidSet>> left;
};

class Removals {
 public:
  Removals(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target, const RemovalGrounds& grounds)
      : context_(context), source_(source), target_(target), grounds_(grounds) {}

  Task<Result<>> run() {
    GODWIT_CO_CHECK(co_await load_records());
    GODWIT_CO_TRY(const ledger::Counters counters, co_await context_.account.counters());
    if (counters.vanished > 0) {
      GODWIT_CO_CHECK(co_await remove_items(counters));
      GODWIT_CO_CHECK(co_await load_records());
    }
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
    const Folder* const found = find_folder(grounds_.source_folders, record.source_name);
    return found != nullptr && found->selectable ? found : nullptr;
  }

  Task<Result<>> remove_items(const ledger::Counters& counters) {
    GODWIT_CO_CHECK(co_await drop_what_stays());
    if (removable_ == 0) co_return Result<>{};
    GODWIT_CO_TRY(std::string hold, co_await reason_to_hold(counters));
    if (!hold.empty()) {
      context_.result.removals_held = removable_;
      context_.note(fmt::format("{} messages that are gone on the source were not removed on the target: {}", removable_, hold));
      co_return Result<>{};
    }
    for (VanishedId after = 0;;) {
      GODWIT_CO_TRY(const auto entries, co_await context_.account.vanished(after, page));
      if (entries.empty()) co_return Result<>{};
      after = entries.back().id;
      Group group;
      for (const VanishedItem& entry : entries) {
        if (is_removable(entry)) group[entry.folder].push_back(entry);
      }
      GODWIT_CO_CHECK(co_await take_back_what_is_listed(group));
      GODWIT_CO_CHECK(co_await remove_on_target(group));
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
    const std::uint64_t before = counters.items - counters.at(ledger::Level::left_out) + counters.vanished;
    if (removable_ > few && removable_ * 2 > before && !context_.options.allow_mass_removal) {
      co_return fmt::format("they are more than half of the account's {}; if that is right, run again with --allow-mass-removal", before);
    }
    // What came to the source since the round began may be what is missed, moved.
    GODWIT_CO_TRY(const auto now, co_await source_.folders());
    for (const Folder& folder : now) {
      if (!context_.options.rules.takes(folder)) continue;
      const Folder* const before_round = find_folder(grounds_.source_folders, folder.name);
      const bool is_same = before_round != nullptr && before_round->state.uid_validity == folder.state.uid_validity &&
                           before_round->state.uid_next == folder.state.uid_next &&
                           (folder.state.uid_next > 0 || before_round->state.messages >= folder.state.messages);
      if (!is_same) co_return "new messages came to the source meanwhile, which may be the same ones; the next round sees";
    }
    co_return std::string();
  }

  // The second list: an item that the source lists after all goes back to its row. All folders are asked in one flight.
  Task<Result<>> take_back_what_is_listed(Group& group) {
    struct Asked {
      const ledger::FolderRecord* record;
      std::vector<VanishedItem>* entries;
      std::unique_ptr<endpoint::FolderView> view;
      std::unique_ptr<endpoint::Pending<UidSet>> uids;
    };
    std::vector<Asked> asked;
    for (auto& [id, entries] : group) {
      const Folder* const folder = source_folder(records_.at(id));
      if (folder == nullptr) continue;
      asked.push_back({&records_.at(id), &entries, source_.open(*folder), nullptr});
      asked.back().uids = asked.back().view->uids(1);
    }
    for (const Asked& each : asked) {
      GODWIT_CO_TRY(const FolderToken state, co_await each.view->state());
      if (state.uid_validity != each.record->source_uid_validity) {
        co_return fail(codes::source_folder_replaced, "the folder's UIDVALIDITY changed during the round: " + each.record->source_name);
      }
      GODWIT_CO_TRY(const UidSet present, co_await each.uids->get());
      const auto is_listed = [&present](const VanishedItem& entry) { return present.contains(entry.item.source_uid); };
      std::vector<ledger::Adoption> listed;
      for (const VanishedItem& entry : *each.entries) {
        if (is_listed(entry)) listed.push_back({entry.id, entry.item});
      }
      if (listed.empty()) continue;
      context_.warn(fmt::format("folder {}: the source did not list {} messages at first, and does now", each.record->source_name,
                                listed.size()));
      std::erase_if(*each.entries, is_listed);
      GODWIT_CO_CHECK(co_await context_.account.adopt(each.record->id, std::move(listed)));
    }
    co_return Result<>{};
  }

  // An interlock: what another record has in this folder of the target is on the source, whatever this one says.
  Task<Result<UidSet>> uids_of_others(const ledger::FolderRecord& record) {
    UidSet uids;
    for (const auto& [id, other] : records_) {
      if (id == record.id || other.target_name != record.target_name || other.rows == 0) continue;
      GODWIT_CO_TRY(const UidSet theirs, co_await context_.account.target_uids(id, 1));
      uids.add(theirs);
    }
    co_return uids;
  }

  // In three flights: how the messages are now, the removal, and whether they are gone.
  Task<Result<>> remove_on_target(const Group& group) {
    std::vector<OnTarget> folders;
    std::vector<VanishedId> done;
    for (const auto& [id, entries] : group) {
      const auto place = context_.target_folders.find(id);
      if (place == context_.target_folders.end()) {  // the folder is gone there, too
        for (const VanishedItem& entry : entries) done.push_back(entry.id);
        continue;
      }
      OnTarget folder;
      folder.record = &records_.at(id);
      folder.place = &place->second;
      GODWIT_CO_TRY(const UidSet of_others, co_await uids_of_others(*folder.record));
      UidSet uids;
      for (const VanishedItem& entry : entries) {
        if (of_others.contains(entry.item.target_uid)) {
          done.push_back(entry.id);
        } else {
          folder.by_uid.emplace(entry.item.target_uid, &entry);
          uids.add(entry.item.target_uid);
        }
      }
      if (uids.empty()) continue;
      folder.view = target_.open(*folder.place);
      folder.listing = folder.view->list(uids, 0);
      folders.push_back(std::move(folder));
    }
    for (OnTarget& folder : folders) GODWIT_CO_CHECK(co_await choose(folder, done));
    std::erase_if(folders, [](const OnTarget& folder) { return folder.to_remove.empty(); });
    std::vector<VanishedId> leaving;
    for (const OnTarget& folder : folders) {
      for (const auto& [uid, entry] : folder.by_uid) {
        if (folder.to_remove.contains(uid)) leaving.push_back(entry->id);
      }
    }
    if (!leaving.empty()) GODWIT_CO_CHECK(co_await context_.account.begin_removal(std::move(leaving)));
    for (OnTarget& folder : folders) folder.removal = target_.remove(*folder.place, folder.to_remove);
    for (const OnTarget& folder : folders) {
      const auto removed = co_await folder.removal->get();
      if (removed) continue;
      if (reaction_to(removed.error().kind) != Reaction::skip_item) co_return removed;
      context_.note(fmt::format("folder {}: the target refused to remove messages that are gone on the source: {}",
                                folder.place->path.display(), describe(removed.error())));
    }
    for (OnTarget& folder : folders) {
      folder.view = target_.open(*folder.place);
      folder.left = folder.view->uids(folder.to_remove.first());
    }
    for (const OnTarget& folder : folders) {
      GODWIT_CO_TRY(const UidSet still_there, co_await folder.left->get());
      for (const auto& [uid, entry] : folder.by_uid) {
        if (!folder.to_remove.contains(uid)) continue;
        const bool is_there = still_there.contains(uid);
        ++(is_there ? context_.result.removals_held : context_.result.removed);
        if (!is_there) done.push_back(entry->id);
      }
    }
    co_return co_await context_.account.drop_vanished(std::move(done));
  }

  // Which of them are as they were left. Adds to `done` what has found its end without: gone already, or touched by somebody.
  Task<Result<>> choose(OnTarget& folder, std::vector<VanishedId>& done) {
    GODWIT_CO_TRY(const FolderToken state, co_await folder.view->state());
    std::map<Uid, MessageFlags> flags;
    while (true) {
      GODWIT_CO_TRY(auto items, co_await folder.listing->next());
      if (items.empty()) break;
      for (auto& item : items) flags.emplace(item.uid, std::move(item.flags));
    }
    // Otherwise the next round matches the folder again.
    if (state.uid_validity != folder.record->target_uid_validity) co_return Result<>{};
    // A kill in the middle of a removal leaves it set; and who sets it on the target wants the message to go.
    const MessageFlags deleted{.system = MessageFlags::deleted, .keywords = {}};
    std::vector<ledger::Problem> conflicts;
    for (const auto& [uid, entry] : folder.by_uid) {
      const auto found = flags.find(uid);
      if (found != flags.end() && found->second.without(deleted) == entry->item.flags.without(deleted)) {
        folder.to_remove.add(uid);
        continue;
      }
      done.push_back(entry->id);
      if (found == flags.end()) continue;
      ++context_.result.kept;
      const std::string name = folder.place->path.display();
      conflicts.push_back({folder.record->id, name, entry->item.source_uid, entry->item.size, "conflict",
                           fmt::format("removed on the source, but its flags were changed on the target, where it is UID {}: "
                                       "it stays there",
                                       uid),
                           {}, {}, {}, {}});
      context_.warn(fmt::format("folder {}: UID {}: {}", name, entry->item.source_uid, conflicts.back().reason), name,
                    codes::item_conflict.number);
    }
    if (conflicts.empty()) co_return Result<>{};
    co_return co_await context_.account.record(folder.record->id, {}, std::move(conflicts));
  }

  // Folders that are gone on the source, with nothing left of them on record.
  Task<Result<>> remove_folders() {
    std::vector<const ledger::FolderRecord*> gone;
    for (const auto& [id, record] : records_) {
      const bool is_listed = find_folder(grounds_.source_folders, record.source_name) != nullptr;
      if (!is_listed && record.rows + record.vanished + record.open_batches == 0) gone.push_back(&record);
    }
    if (gone.empty()) co_return Result<>{};
    GODWIT_CO_TRY(auto there, co_await target_.folders());
    // What lies below others goes first.
    std::ranges::sort(gone, std::ranges::greater(), [](const auto* record) { return record->target_name; });
    for (const ledger::FolderRecord* const record : gone) {
      const auto place = std::ranges::find(there, record->target_name, &Folder::name);
      GODWIT_CO_TRY(const bool is_theirs, co_await is_shared(context_, record->target_name));
      if (place != there.end() && !is_theirs && may_remove(*record, *place, there)) {
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
