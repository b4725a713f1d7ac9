// SPDX-License-Identifier: Apache-2.0
#include "base/tls_rules.h"

#include <algorithm>

#include "base/text.h"

namespace godwit {

Result<TlsVersion> parse_tls_version(std::string_view text) {
  const auto* const found = std::ranges::find(tls_versions, text, [](const auto& each) { return each.first; });
  if (found != tls_versions.end()) return found->second;
  return fail(ErrorKind::usage, "\"" + printable(text) + "\" is no version of TLS that can be allowed; write \"1.0\", \"1.1\" or \"1.2\"");
}

Result<bool> parse_legacy_ciphers(std::string_view text) {
  if (text == "legacy" || text == "default") return text == "legacy";
  return fail(ErrorKind::usage, "\"" + printable(text) + "\" is not known; write \"legacy\" for a server with weak ciphers and keys, or "
                                "leave it out");
}

}  // namespace godwit
