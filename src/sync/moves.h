// SPDX-License-Identifier: Apache-2.0
// Messages that are gone from one folder on the source and were found in another: they are moved on the target, too, and not sent a
// second time. Those that are in the same folder under another UID (moved away and back, or UIDVALIDITY changed) stay where they are.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "sync/flag_changes.h"
#include "sync/inspection.h"

namespace godwit::sync {

// What the source's user changed since the row was recorded; what was changed on the target stays.
[[nodiscard]] std::optional<ChangeFlags> changed_flags(const ledger::ItemRecord& row, const endpoint::Message& message);

class Moves {
 public:
  // A message of the folder that is being worked on, about to be sent.
  struct Asker {
    const endpoint::Message* message = nullptr;
    const Inspection* inspection = nullptr;  // nullptr: it is known by its object id alone, and its body was not read
  };
  struct Found {
    std::size_t asker = 0;  // its index
    ledger::VanishedItem entry;
  };

  Moves(const RoundContext& context, endpoint::TargetSession& session) : context_(context), session_(session) {}

  // Which of them are among the vanished ones. `work` is their folder.
  [[nodiscard]] Task<Result<std::vector<Found>>> find(const FolderWork& work, std::span<const Asker> askers);
  // The same by what the source calls them in every folder (Traits::tells_object_ids).
  [[nodiscard]] Task<Result<std::vector<Found>>> find_by_object(const FolderWork& work, std::span<const Asker> askers);

  // Whether the message is no longer where the target had it.
  [[nodiscard]] Task<Result<bool>> is_gone(const ledger::VanishedItem& entry);

  // Moves those on the target and in the ledger; nothing else may be under way to that folder. Returns the indexes of the askers that
  // are dealt with; others (the target refused to move them) are to be sent.
  [[nodiscard]] Task<Result<std::vector<std::size_t>>> carry_out(FolderWork& work, std::span<const Asker> askers,
                                                                 std::vector<Found> found);

 private:
  // For each key who asks for it.
  template <class Key>
  using Alike = std::map<Key, std::vector<std::size_t>>;
  template <class Key, class KeyOf>
  [[nodiscard]] std::vector<Found> choose(const FolderWork& work, std::span<const Asker> askers, const Alike<Key>& alike,
                                          ledger::FoundVanished entries, KeyOf key_of);
  [[nodiscard]] bool may_use(const FolderWork& work, const ledger::VanishedItem& entry) const;
  // From one folder; all `found` are in it. Adds to `done` and `flags`.
  [[nodiscard]] Task<Result<>> move(FolderWork& work, const endpoint::Folder& from, std::span<const Asker> askers,
                                    std::span<const Found> found, std::vector<std::size_t>& done, std::vector<ChangeFlags>& flags);

  const RoundContext& context_;
  endpoint::TargetSession& session_;
};

}  // namespace godwit::sync
