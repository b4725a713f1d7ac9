// SPDX-License-Identifier: Apache-2.0
// A handshake that failed because the server is older or weaker than the rules: in words, with what would allow it. Only for
// tls_stream.cpp.
#pragma once

#include <optional>
#include <string>

#include "base/error_code.h"
#include "base/tls_rules.h"

namespace godwit::net {

struct TlsFault {
  ErrorCode code;
  std::string what;
};

// `reason`: ERR_GET_REASON of OpenSSL's error. `server_version`: what the server chose (TLS1_VERSION …); 0: it did not say. Nothing where
// it is about something else.
[[nodiscard]] std::optional<TlsFault> fault_of_rules(int reason, int server_version, const TlsRules& rules);

// The same for a certificate that OpenSSL refuses for its strength alone (X509_V_ERR_EE_KEY_TOO_SMALL …).
[[nodiscard]] std::optional<TlsFault> fault_of_strength(long verify_result, const TlsRules& rules);

}  // namespace godwit::net
