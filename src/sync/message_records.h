// SPDX-License-Identifier: Apache-2.0
// What is written down of a message: its row, and what went wrong with it.
#pragma once

#include <functional>
#include <optional>

#include "sync/candidates.h"
#include "sync/traffic.h"

namespace godwit::sync {

[[nodiscard]] ledger::ItemRecord item_of(FolderWork& work, const endpoint::Message& message, const Inspection& found, Uid target_uid,
                                         bool brought);
// Of one that godwit brought.
[[nodiscard]] ledger::ItemRecord item_of(FolderWork& work, const WholeMessage& whole, Uid target_uid);

[[nodiscard]] ledger::Problem problem_of(const FolderWork& work, const endpoint::Message& message, const Error& error);
[[nodiscard]] ledger::Problem problem_of(const FolderWork& work, const ledger::ItemRecord& streamed, const Error& error);
[[nodiscard]] ledger::Problem repair_of(const FolderWork& work, const WholeMessage& whole);

[[nodiscard]] std::optional<Match> claim(Candidates& candidates, const Inspection& found,
                                         const std::function<Digest(bool is_ended)>& loosely);
[[nodiscard]] std::optional<Match> claim(Candidates& candidates, const WholeMessage& whole);

[[nodiscard]] std::optional<ChangeFlags> missing_flags(ledger::ItemRecord& item, const Match& match);

}  // namespace godwit::sync
