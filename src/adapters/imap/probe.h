// SPDX-License-Identifier: Apache-2.0
// Whether an IMAP server answers, and what it shows before anybody logs in.
#pragma once

#include <optional>
#include <string>

#include "adapters/imap/account.h"
#include "base/server_certificate.h"

namespace godwit::adapters {

struct ImapProbe {
  std::string software;           // a guess; empty: not known
  ServerCertificate certificate;  // empty where the line is not encrypted
  std::optional<Error> distrust;  // why the certificate is not trusted
};

// Of `settings` the server, the security and the trust count. Errors: as of log_in(), but for those of the certificate.
[[nodiscard]] Task<Result<ImapProbe>> probe(ImapSettings settings);

}  // namespace godwit::adapters
