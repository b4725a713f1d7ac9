// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/detect.h"

#include "adapters/line/detect.h"

namespace godwit::adapters {

Task<Result<std::unique_ptr<imap::Client>>> open_detected(const ImapSettings& settings, OpenLine open) {
  const auto place_of = [](const ImapSettings& attempt) { return attempt.url.host_identity(); };
  co_return co_await open_by_detecting<imap::Client, ImapSettings>(settings, {.tls = 993, .starttls = 143}, std::move(open), place_of);
}

}  // namespace godwit::adapters
