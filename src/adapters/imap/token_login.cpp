// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/token_login.h"

#include "adapters/line/token.h"

namespace godwit::adapters {

Task<Result<std::unique_ptr<imap::Client>>> log_in_with_token(const ImapSettings& settings, ImapHost& host) {
  co_return co_await log_in_by_token<imap::Client, ImapSettings>(
      settings, settings.url.host_identity(), [&host](const ImapSettings& attempt) { return log_in(attempt, host); });
}

}  // namespace godwit::adapters
