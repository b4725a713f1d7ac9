// SPDX-License-Identifier: Apache-2.0
// The first half of a later round: finds out what has changed on the source in the folders that the ledger knows, before anything is
// copied: what is new there, which flags changed (they are brought to the target at once), and what is gone. A message that was moved
// is then among the vanished ones by the time it is found in its new folder.
//
// What changed is asked for with CHANGEDSINCE where the server has it (RFC 7162), else by comparing all UIDs and flags. That messages
// are gone shows in the counts; which ones is told by the list of UIDs, and by nothing else: see
// docs/decisions/0005-two-lists-say-what-is-gone.md.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sync/flag_changes.h"
#include "sync/planner.h"

namespace godwit::sync {

class Survey {
 public:
  Survey(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target)
      : context_(context), source_(source), target_(target) {}

  [[nodiscard]] Task<Result<>> run(std::span<FolderWork* const> works);

 private:
  struct Asked {
    FolderWork* work = nullptr;
    bool is_delta = false;
    std::unique_ptr<endpoint::FolderView> view;
    std::unique_ptr<endpoint::ItemReader> changes;
    std::unique_ptr<endpoint::Pending<UidSet>> uids;
  };
  using Group = std::vector<Asked>;
  struct Found {
    UidSet wanted;
    std::uint64_t arrived = 0;  // since the token on record
  };

  [[nodiscard]] bool tells_changes(const FolderWork& work) const;
  [[nodiscard]] endpoint::ItemFields fields() const {
    return {context_.options.rules.looks_at_dates(), context_.options.rules.looks_at_sizes()};
  }
  [[nodiscard]] Group ask_whole(FolderWork& work);
  [[nodiscard]] Group ask_changes(std::span<FolderWork* const>& rest);
  [[nodiscard]] Task<Result<>> finish(Group group);
  [[nodiscard]] Task<Result<FolderFlags>> look_at(Asked& asked);
  [[nodiscard]] Task<Result<Found>> compare(Asked& asked, FolderFlags& flags);
  [[nodiscard]] Task<Result<>> record_left_out(const FolderWork& work, std::vector<LeaveOut> items);
  [[nodiscard]] Task<Result<>> note_gone(FolderWork& work, const UidSet& present);
  [[nodiscard]] Task<Result<>> forget_problems(const FolderWork& work, const UidSet& present);

  const RoundContext& context_;
  endpoint::Session& source_;
  endpoint::TargetSession& target_;
  std::vector<FolderWork*> unclear_;  // whose list of UIDs has still to be asked for
};

}  // namespace godwit::sync
