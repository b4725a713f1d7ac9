// SPDX-License-Identifier: Apache-2.0
// What lines to mail servers have in common, whatever is said on them: how they are opened, secured, and tied to a login.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "endpoint/tls_memory.h"
#include "net/connect.h"
#include "sasl/registry.h"

namespace godwit::adapters {

struct LineSettings {
  net::Trust trust;
  TlsRules tls;
  std::optional<net::Proxy> proxy;
  net::ClientCertificatePointer certificate = nullptr;  // shown to a server that asks for one
  // By order of a plan: the security is found out (open_detected()), and never less than what this remembers.
  std::shared_ptr<endpoint::TlsMemory> tls_memory = nullptr;
  // The longest wait for the server in each phase.
  std::chrono::milliseconds connect_limit{20'000};
  std::chrono::milliseconds login_limit{60'000};
};

// In the clear, through the proxy where there is one; waits as long as a login may take from then on.
[[nodiscard]] Task<Result<std::unique_ptr<net::Stream>>> open_stream(const LineSettings& settings, std::string host, std::uint16_t port);
// Also notes in tls_memory that the host has TLS: what fails behind it is no reason to go on without.
[[nodiscard]] Task<Result<std::unique_ptr<net::Stream>>> start_tls(std::unique_ptr<net::Stream> plain, const LineSettings& settings,
                                                                   std::string host);

// What the operator has to know of an open line: that it is not encrypted although he did not order that, or badly.
[[nodiscard]] std::vector<std::string> warnings_of_line(const LineSettings& settings, const std::string& host, const net::Stream& stream);

// What ties a login to the line; nothing where there is no TLS. The server does not say which it takes: TLS 1.3 has tls-exporter, older TLS
// tls-unique by default (RFC 9266 §3, RFC 5802 §6).
[[nodiscard]] std::optional<sasl::ChannelBinding> binding_of(const net::Stream& stream);

// Some servers repeat the line that they refuse: their words would take the password (or token) of these credentials into reports and
// logs, as it is, as a quoted string, or in what a mechanism says first.
[[nodiscard]] Error without_password(Error error, const sasl::Credentials& credentials);

}  // namespace godwit::adapters
