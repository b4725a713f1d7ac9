// SPDX-License-Identifier: Apache-2.0
// Where the source has a name for each message that is the same in every folder (EMAILID of RFC 8474, Gmail's X-GM-MSGID), what was
// moved there is found without reading it.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

// Of what is wanted in these folders: what is among the vanished ones is moved on the target, and is no longer wanted. Folders in doubt
// are left alone: what may have been moved into them before a kill is told by the bytes.
[[nodiscard]] Task<Result<>> move_by_object_ids(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                                                std::span<FolderWork* const> works);

}  // namespace godwit::sync
