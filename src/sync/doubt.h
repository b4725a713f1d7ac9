// SPDX-License-Identifier: Apache-2.0
// Resolves what is in doubt about a target folder by looking at it.
#pragma once

#include "base/error.h"
#include "base/task.h"
#include "sync/folder_work.h"

namespace godwit::sync {

// Waits, where an intent is open, until the folder has looked the same for the quiet time; then reads every message at or above the
// fence that the ledger does not know, and makes them candidates. After it no intent of the folder is open. Nothing may be in
// flight to this folder.
[[nodiscard]] Task<Result<>> load_candidates(const RoundContext& context, endpoint::TargetSession& target, FolderWork& work);

// The messages at or above `fence` that the ledger does not know, now.
[[nodiscard]] Task<Result<Candidates>> read_unknown(const RoundContext& context, endpoint::TargetSession& target,
                                                    const FolderWork& work, std::uint32_t fence);

// Waits on the session's thread; ends early with `canceled` when the operator stops the round.
[[nodiscard]] Task<Result<>> pause(const std::atomic<bool>& stop, std::chrono::milliseconds time);

// Target UIDs at or above `from` that are on record for the folder, of whatever source they are.
[[nodiscard]] Task<Result<UidSet>> known_uids(const RoundContext& context, const FolderWork& work, Uid from);
// Whether another source's messages go to the target's folder, too.
[[nodiscard]] Task<Result<bool>> is_shared(const RoundContext& context, const std::string& target_name);

// What of the account is on the target in a repaired form: the SHA-256 of that, by folder and source UID.
using RepairedDigests = std::map<std::pair<ledger::FolderId, Uid>, Digest>;
[[nodiscard]] Task<Result<RepairedDigests>> repaired_digests(ledger::AccountLedger& account);

// Reads a streamed body to its end, piece by piece.
[[nodiscard]] Task<Result<>> read_body(endpoint::MessageReader& reader, const endpoint::Message& message,
                                       const std::function<void(std::string_view)>& sink);

}  // namespace godwit::sync
