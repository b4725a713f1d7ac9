// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/imap/login.h"

namespace godwit::adapters {

// log_in() with an access token of settings.token. A token that the server refuses may have expired: another one is tried, once, where
// there is another. Errors: also those of TokenSupply.
[[nodiscard]] Task<Result<std::unique_ptr<imap::Client>>> log_in_with_token(const ImapSettings& settings, ImapHost& host);

}  // namespace godwit::adapters
