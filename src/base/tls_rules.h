// SPDX-License-Identifier: Apache-2.0
// Which TLS is good enough for one server. What is older or weaker than the defaults goes by order of the operator only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace godwit {

enum class TlsVersion : std::uint8_t { v1_0, v1_1, v1_2 };

// As plans and options have them.
inline constexpr std::array<std::pair<std::string_view, TlsVersion>, 3> tls_versions{
    {{"1.0", TlsVersion::v1_0}, {"1.1", TlsVersion::v1_1}, {"1.2", TlsVersion::v1_2}}};

struct TlsRules {
  TlsVersion least = TlsVersion::v1_2;
  bool legacy_ciphers = false;   // short keys, SHA-1, servers without secure renegotiation (RFC 5746)
  std::string authorities_file;  // PEM; whom certificates are checked against instead of the system's authorities
  friend bool operator==(const TlsRules&, const TlsRules&) = default;
};

// "TLSv1" and "TLSv1.1", as OpenSSL calls them, and whatever is older: no server should be left with it.
[[nodiscard]] inline bool is_outdated_tls(std::string_view version) {
  return version == "TLSv1" || version == "TLSv1.1" || version.starts_with("SSL");
}

// "1.0", "1.1" or "1.2"; errors of kind usage.
[[nodiscard]] Result<TlsVersion> parse_tls_version(std::string_view text);
// "legacy", or "default"; errors of kind usage.
[[nodiscard]] Result<bool> parse_legacy_ciphers(std::string_view text);

}  // namespace godwit
