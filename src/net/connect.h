// SPDX-License-Identifier: Apache-2.0
// Opens TCP connections and puts TLS on them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/task.h"
#include "base/tls_rules.h"
#include "net/client_certificate.h"
#include "net/proxy.h"
#include "net/stream.h"

namespace godwit::net {

// How the peer's certificate is judged.
struct Trust {
  enum class Mode {
    verify,       // against the system's authorities, and the name must fit
    fingerprint,  // SHA-256 of the certificate must equal `fingerprint`; nothing else is asked
    always,       // by order of the operator: any certificate
  };
  Mode mode = Mode::verify;
  std::string fingerprint;  // 32 raw bytes
};

// Resolves `host` (a name or a literal address, IPv6 without brackets) and connects to the first address that answers.
// `limit` is for all of that together, and the wait limit that the stream begins with.
// Errors: network (with every address tried and its reason), timeout.
[[nodiscard]] Task<Result<std::unique_ptr<Stream>>> connect(std::string host, std::uint16_t port,
                                                            std::chrono::milliseconds limit);

// The same through a proxy, which is what is connected to, by whichever address answers first; `limit` is for the proxy's handshake,
// too. Errors: as of connect(), and of the handshake; each names the proxy.
[[nodiscard]] Task<Result<std::unique_ptr<Stream>>> connect_through(Proxy proxy, std::string host, std::uint16_t port,
                                                                    std::chrono::milliseconds limit);

// Performs the TLS handshake as a client over a stream that connect() made, and returns the stream that encrypts.
// Bytes that the peer sent before the handshake and that `plain` did not deliver yet are not lost: they must be TLS
// records. Errors: tls (says what is wrong with the certificate, its SHA-256 fingerprint in hex, and how to pin it; or which of the
// rules the server does not meet, and what allows it), network, timeout, usage (no certificate can be checked against this `host`, or
// the authorities cannot be read). `shown`: to a server that asks who the client is.
[[nodiscard]] Task<Result<std::unique_ptr<Stream>>> start_tls(std::unique_ptr<Stream> plain, std::string host,
                                                              Trust trust, TlsRules rules = {}, ClientCertificatePointer shown = nullptr);

// DEFLATE in both directions (RFC 4978: raw deflate, each write ends with a sync flush).
[[nodiscard]] std::unique_ptr<Stream> start_deflate(std::unique_ptr<Stream> inner);

}  // namespace godwit::net
