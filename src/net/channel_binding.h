// SPDX-License-Identifier: Apache-2.0
// What names one TLS connection and no other (RFC 5056). Only for this folder.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>

namespace godwit::net {

// Of a client, after its handshake, which resumed no earlier session. Nothing where the connection has none of that type: "tls-unique"
// ends with TLS 1.2, "tls-exporter" needs the extended master secret there (RFC 9266 §4.2), and "tls-server-end-point" a certificate.
[[nodiscard]] std::optional<std::string> channel_binding_of(SSL& ssl, std::string_view type);

}  // namespace godwit::net
