// SPDX-License-Identifier: Apache-2.0
// What was under way on the target when an earlier round was killed, and is not on record: changes of flags are sent once more, and of
// messages that were being moved or removed it is found out where they are. Before anything else is looked at: the source may have
// changed since, and what was half done must not be taken for something that people did.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

[[nodiscard]] Task<Result<>> recover(const RoundContext& context, endpoint::TargetSession& target,
                                     std::span<const endpoint::Folder> target_folders);

}  // namespace godwit::sync
