// SPDX-License-Identifier: Apache-2.0
// Whether a process owns a ledger, and where it takes calls. The lock itself is the ledger's (ledger/lock_file.h).
#pragma once

#include <filesystem>

#include "base/error.h"

namespace godwit::api {

// LEDGER.socket, with one name for the ledger: two ways to it meet at the same socket.
[[nodiscard]] std::filesystem::path socket_of(const std::filesystem::path& ledger);

// True while a process listens at the ledger's socket or holds its lock; it holds the lock first, so that "true" and a connect() that
// finds nobody mean an owner that is just starting or ending, or a command that works without a socket. An answer for the moment: only
// the lock decides. Error: storage, when it cannot be found out (no permission).
[[nodiscard]] Result<bool> has_owner(const std::filesystem::path& ledger);

}  // namespace godwit::api
