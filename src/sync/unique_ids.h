// SPDX-License-Identifier: Apache-2.0
// Puts on record by which names programs that leave mail on the server know the messages of the source's INBOX, at the end of a round.
#pragma once

#include <span>

#include "sync/lane.h"

namespace godwit::sync {

// `sessions`: of the round; they are closed first. What the other way in cannot tell is a note of the round, and no error; once the
// account's route is the new server, what is on record stays. Errors: of the ledger, and canceled.
[[nodiscard]] Task<Result<>> record_unique_ids(const RoundContext& context, LaneSessions sessions,
                                               std::span<const endpoint::Folder> source_folders);

}  // namespace godwit::sync
