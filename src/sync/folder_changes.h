// SPDX-License-Identifier: Apache-2.0
// Folders that were renamed or removed since the last round. A folder is known again by its UIDVALIDITY and the digests of some of its
// messages; its name may then be brought up to date. The items of a folder that is gone go to the ledger's pool, to be found again
// elsewhere, or to be removed at the end of the round.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sync/folder_work.h"

namespace godwit::sync {

class FolderChanges {
 public:
  FolderChanges(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target)
      : context_(context), source_(source), target_(target) {}

  // Brings the ledger, and the target's folders, up to date with the source's. `target_folders` is listed again where it changes.
  [[nodiscard]] Task<Result<>> apply(std::span<const endpoint::Folder> source_folders,
                                     std::vector<endpoint::Folder>& target_folders);

 private:
  [[nodiscard]] Task<Result<>> follow_target(std::span<const endpoint::Folder> target_folders);
  [[nodiscard]] Task<Result<const endpoint::Folder*>> find_renamed(const ledger::FolderRecord& gone,
                                                                   std::span<const endpoint::Folder> source_folders);
  [[nodiscard]] Task<Result<bool>> is_same(const ledger::FolderRecord& record, const endpoint::Folder& folder);
  [[nodiscard]] Task<Result<>> rename(const ledger::FolderRecord& record, const endpoint::Folder& folder,
                                      std::span<const endpoint::Folder> source_folders,
                                      std::vector<endpoint::Folder>& target_folders);
  // Whether a folder that is new on the source goes on with this record, whose own is gone there.
  [[nodiscard]] Task<Result<bool>> hand_over(const ledger::FolderRecord& record, std::span<const endpoint::Folder> source_folders,
                                             std::span<const endpoint::Folder> target_folders);
  [[nodiscard]] static bool is_gone(const ledger::FolderRecord& record, std::span<const endpoint::Folder> source_folders);
  // Where the folders go when this record says nothing.
  [[nodiscard]] std::vector<FolderPair> map_without(ledger::FolderId record, std::span<const endpoint::Folder> source_folders,
                                                    std::span<const endpoint::Folder> target_folders) const;
  [[nodiscard]] Task<Result<>> note_gone(const ledger::FolderRecord& record);
  [[nodiscard]] Task<Result<>> load_records();

  const RoundContext& context_;
  endpoint::Session& source_;
  endpoint::TargetSession& target_;
  std::vector<ledger::FolderRecord> records_;
};

}  // namespace godwit::sync
