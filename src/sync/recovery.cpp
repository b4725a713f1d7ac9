// SPDX-License-Identifier: Apache-2.0
#include "sync/recovery.h"

#include <map>

#include "sync/doubt.h"

namespace godwit::sync {
namespace {

using endpoint::Folder;
using ledger::FolderId;
using ledger::VanishedItem;

class Recovery {
 public:
  Recovery(const RoundContext& context, endpoint::TargetSession& target, std::span<const Folder> target_folders)
      : context_(context), target_(target), target_folders_(target_folders) {}

  Task<Result<>> run() {
    GODWIT_CO_TRY(auto records, co_await context_.account.folders());
    for (auto& record : records) records_.emplace(record.id, std::move(record));
    GODWIT_CO_CHECK(co_await send_flags_again());
    GODWIT_CO_TRY(const ledger::Counters counters, co_await context_.account.counters());
    if (counters.vanished == 0) co_return Result<>{};
    GODWIT_CO_CHECK(co_await end_removals());
    if (counters.open_batches > 0) GODWIT_CO_CHECK(co_await find_moved());
    co_return Result<>{};
  }

 private:
  // The folder on the target as it is on record, or nullptr.
  [[nodiscard]] const Folder* place_of(FolderId id) const {
    const auto record = records_.find(id);
    if (record == records_.end()) return nullptr;
    const Folder* const place = find_folder(target_folders_, record->second.target_name);
    return place != nullptr && place->state.uid_validity == record->second.target_uid_validity ? place : nullptr;
  }

  Task<Result<UidSet>> list(const Folder& place, Uid from) {
    const auto view = target_.open(place);
    const auto uids = view->uids(from);
    co_return co_await uids->get();
  }

  Task<Result<>> send_flags_again() {
    GODWIT_CO_TRY(const auto intents, co_await context_.account.flag_intents());
    std::map<FolderId, std::vector<const ledger::FlagIntent*>> by_folder;
    for (const ledger::FlagIntent& intent : intents) by_folder[intent.folder].push_back(&intent);
    for (const auto& [id, some] : by_folder) {
      const Folder* const place = place_of(id);
      if (place == nullptr) continue;
      std::vector<endpoint::TargetSession::FlagChange> changes;
      std::vector<std::pair<Uid, MessageFlags>> synced;
      for (const ledger::FlagIntent* const intent : some) {
        changes.push_back({intent->target_uid, intent->add, intent->remove});
        synced.emplace_back(intent->source_uid, intent->synced);
      }
      const auto changed = co_await target_.change_flags(*place, changes)->get();
      // A refusal has been told of, or is by the next change.
      if (!changed && reaction_to(changed.error().kind) != Reaction::skip_item) co_return changed;
      GODWIT_CO_CHECK(co_await context_.account.set_flags(id, std::move(synced)));
    }
    co_return Result<>{};
  }

  Task<Result<>> end_removals() {
    std::map<FolderId, std::vector<VanishedItem>> leaving;
    GODWIT_CO_CHECK(co_await context_.account.each_vanished([&leaving](const VanishedItem& entry) {
      if (entry.being_removed) leaving[entry.folder].push_back(entry);
    }));
    for (const auto& [id, entries] : leaving) {
      const Folder* const place = place_of(id);
      if (place == nullptr) continue;
      GODWIT_CO_TRY(const UidSet present, co_await list(*place, 1));
      std::vector<ledger::VanishedId> gone;
      std::vector<endpoint::TargetSession::FlagChange> still_there;
      const MessageFlags deleted{.system = MessageFlags::deleted, .keywords = {}};
      for (const VanishedItem& entry : entries) {
        const bool is_there = present.contains(entry.item.target_uid);
        if (!is_there) gone.push_back(entry.id);
        // Where it is found again it must not go with somebody's next EXPUNGE.
        if (is_there && deleted.without(entry.item.flags) == deleted) still_there.push_back({entry.item.target_uid, {}, deleted});
      }
      context_.result.removed += gone.size();
      GODWIT_CO_CHECK(co_await context_.account.drop_vanished(std::move(gone)));
      if (still_there.empty()) continue;
      const auto changed = co_await target_.change_flags(*place, still_there)->get();
      if (!changed && reaction_to(changed.error().kind) != Reaction::skip_item) co_return changed;
    }
    co_return Result<>{};
  }

  // What is above the fence of a folder in doubt, and equals one that is no longer where the ledger has it, was moved there.
  Task<Result<>> find_moved() {
    std::map<Digest, std::vector<VanishedItem>> gone;
    GODWIT_CO_CHECK(co_await collect_gone(gone));
    if (gone.empty()) co_return Result<>{};
    for (const auto& [id, record] : records_) {
      const Folder* const place = place_of(id);
      if (record.open_batches == 0 || place == nullptr) continue;
      FolderWork work;
      work.record = record;
      work.target = *place;
      GODWIT_CO_TRY(Candidates unknown, co_await read_unknown(context_, target_, work, record.target_uid_next));
      for (auto& [digest, entries] : gone) {
        while (!entries.empty()) {
          const auto match = unknown.claim_exact(digest);
          if (!match) break;
          GODWIT_CO_CHECK(co_await context_.account.relocate_vanished(entries.back().id, id, match->uid));
          entries.pop_back();
        }
      }
    }
    co_return Result<>{};
  }

  Task<Result<>> collect_gone(std::map<Digest, std::vector<VanishedItem>>& gone) {
    std::map<FolderId, std::vector<VanishedItem>> by_folder;
    GODWIT_CO_CHECK(co_await context_.account.each_vanished([&by_folder](const VanishedItem& entry) {
      const bool was_placed = entry.item.target_uid != 0 && entry.item.level != ledger::Level::withdrawn;
      if (was_placed && !entry.by_restart) by_folder[entry.folder].push_back(entry);
    }));
    for (auto& [id, entries] : by_folder) {
      const Folder* const place = place_of(id);
      if (place == nullptr) continue;
      GODWIT_CO_TRY(const UidSet present, co_await list(*place, 1));
      for (VanishedItem& entry : entries) {
        if (!present.contains(entry.item.target_uid)) gone[entry.item.digest].push_back(std::move(entry));
      }
    }
    co_return Result<>{};
  }

  const RoundContext& context_;
  endpoint::TargetSession& target_;
  std::span<const Folder> target_folders_;
  std::map<FolderId, ledger::FolderRecord> records_;
};

}  // namespace

Task<Result<>> recover(const RoundContext& context, endpoint::TargetSession& target, std::span<const Folder> target_folders) {
  co_return co_await Recovery(context, target, target_folders).run();
}

}  // namespace godwit::sync
