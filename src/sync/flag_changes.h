// SPDX-License-Identifier: Apache-2.0
// Brings changed flags to messages that are on the target.
#pragma once

#include <vector>

#include "sync/folder_work.h"
#include "sync/planner.h"

namespace godwit::sync {

struct FolderFlags {
  FolderWork* work = nullptr;
  std::vector<ChangeFlags> changes;
};

// Asks for the changes of all folders in one flight, and records them. What the target refuses goes on record as a problem of kind
// "flags", message by message, and is not tried again before the source changes it again.
[[nodiscard]] Task<Result<>> bring_flags(const RoundContext& context, endpoint::TargetSession& target,
                                         std::vector<FolderFlags> folders);
[[nodiscard]] Task<Result<>> bring_flags(const RoundContext& context, endpoint::TargetSession& target, FolderFlags folder);

}  // namespace godwit::sync
