// SPDX-License-Identifier: Apache-2.0
// What a round knows of a login that is refused to it.
#pragma once

#include "base/error.h"
#include "ledger/ledger.h"

namespace godwit::sync {

// A wrong password is told as one that worked before, where the account's last round came to its end.
[[nodiscard]] Error remembering(Error error, const ledger::RoundRecord& last_round);

// Exchange lets in and then has no mailbox: in the middle of a round, which got to the mailbox at its beginning, that is the limit of
// sessions, and passes.
[[nodiscard]] bool means_too_many_sessions(const Error& error);

}  // namespace godwit::sync
