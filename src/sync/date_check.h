// SPDX-License-Identifier: Apache-2.0
// Whether the target keeps the dates of what it is given: some servers put the time of the APPEND in their place, and people's programs
// then sort by that.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

// Looks at one message that was brought, once for a host; where its date was replaced, that is warned of.
[[nodiscard]] Task<Result<>> look_at_dates(ledger::Ledger& ledger, const RoundContext& context, endpoint::TargetSession& target,
                                           std::span<FolderWork* const> works);

}  // namespace godwit::sync
