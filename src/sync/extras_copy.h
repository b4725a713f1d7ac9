// SPDX-License-Identifier: Apache-2.0
// Brings rights, annotations and limits of the quota to the target, as far as the options order it.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

// After the folders were made. What could not be brought becomes a problem of the folder, and is tried again by each round; an error ends
// the session. Whatever is cut off in the middle, the next round ends.
[[nodiscard]] Task<Result<>> copy_extras(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                                         std::span<const endpoint::Folder> source_folders);

}  // namespace godwit::sync
