// SPDX-License-Identifier: Apache-2.0
// A proxy as an operator writes it: "socks5://user@proxy.example.com:1080", "http://proxy.example.com:3128".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit {

struct ProxyAddress {
  enum class Kind : std::uint8_t { socks5, http };
  Kind kind = Kind::socks5;
  std::string host;  // a name or a literal address, IPv6 without brackets
  std::uint16_t port = 0;
  std::string user;  // percent-decoded; empty: no login

  // As it was written, always with the port and never with the user: for errors.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const ProxyAddress&, const ProxyAddress&) = default;
};

// Without a port it is 1080 (RFC 1928), or 3128 for http. Errors of kind usage: another scheme, a password, a path, no host.
[[nodiscard]] Result<ProxyAddress> parse_proxy_address(std::string_view text);

}  // namespace godwit
