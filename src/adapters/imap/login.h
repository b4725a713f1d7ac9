// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/imap/account.h"
#include "adapters/imap/host.h"
#include "imap/client.h"

namespace godwit::adapters {

// Connects, secures the line, and reads the greeting: whatever goes before a login. Errors: network, timeout, tls, unavailable.
[[nodiscard]] Task<Result<std::unique_ptr<imap::Client>>> open_line(const ImapSettings& settings, const ImapHost& host);

// Connects, secures the line, and logs in; the capabilities are those after the login (they differ). Errors: network, timeout, tls,
// auth, unavailable; each with what an operator can do.
[[nodiscard]] Task<Result<std::unique_ptr<imap::Client>>> log_in(const ImapSettings& settings, ImapHost& host);

}  // namespace godwit::adapters
