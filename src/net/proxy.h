// SPDX-License-Identifier: Apache-2.0
// The way through a proxy, before TLS begins: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 §9.3.6, Basic of RFC 7617). The
// handshakes are pure: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/proxy_address.h"
#include "base/secret.h"

namespace godwit::net {

struct Proxy {
  ProxyAddress address;
  Secret password;  // only with a user
};

class ProxyHandshake {
 public:
  virtual ~ProxyHandshake() = default;
  // What has to be sent now, once; empty: nothing.
  [[nodiscard]] virtual Secret take_output() = 0;
  // How many bytes may be read now: what comes behind them may be the server's. 0: the tunnel stands.
  [[nodiscard]] virtual std::size_t wanted() const = 0;
  // At most so many. Errors, with the proxy's own words where it has any: auth (it wants a login, or another one), network (it did not
  // reach the server, or may not), syntax (what answers is not such a proxy). Nothing may be called after one.
  [[nodiscard]] virtual Result<> feed(std::string_view bytes) = 0;
};

// To `host`, which the proxy resolves where it is a name (IPv6 without brackets), at `port`. Error of kind usage: the host, the user
// or the password is too long for the protocol, or holds what it cannot carry.
[[nodiscard]] Result<std::unique_ptr<ProxyHandshake>> begin_proxy_handshake(const Proxy& proxy, const std::string& host,
                                                                            std::uint16_t port);

// One for each kind; begin_proxy_handshake() chooses.
[[nodiscard]] Result<std::unique_ptr<ProxyHandshake>> begin_socks5(const Proxy& proxy, const std::string& host, std::uint16_t port);
[[nodiscard]] Result<std::unique_ptr<ProxyHandshake>> begin_http_connect(const Proxy& proxy, const std::string& host, std::uint16_t port);

}  // namespace godwit::net
