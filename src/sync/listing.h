// SPDX-License-Identifier: Apache-2.0
// The end of a round: nothing counts as done that is not seen on the target.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sync/folder_work.h"

namespace godwit::sync {

// Lists the target folders of the works that were completed, raises what is there from accepted to listed, reports what is not,
// looks once more at folders that were in doubt, and closes each folder's pass in the ledger. Many folders are asked for at
// once. `kept_by_host` is asked when the first of them are on their way. A folder with messages that hold bytes which the host is
// not known to keep stays open for read_back().
[[nodiscard]] Task<Result<>> list_targets(const RoundContext& context, endpoint::TargetSession& target,
                                          std::span<FolderWork* const> works,
                                          const std::function<Task<Result<mime::Hazards>>()>& kept_by_host);

// Reads such messages back and compares them with their digests; the original of an altered one is read again from the source, to
// say what the difference is. Closes their folders' pass.
[[nodiscard]] Task<Result<>> read_back(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                                       std::span<FolderWork* const> works);

}  // namespace godwit::sync
