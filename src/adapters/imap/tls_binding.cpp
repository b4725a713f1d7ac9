// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/tls_binding.h"

#include <algorithm>
#include <array>

#include "adapters/imap/software.h"

namespace godwit::adapters {
namespace {

// The server does not say which it takes. TLS 1.3 has the first, older TLS the second by default (RFC 9266 §3, RFC 5802 §6).
constexpr std::array types{"tls-exporter", "tls-unique", "tls-server-end-point"};

std::optional<sasl::ChannelBinding> binding_of(const net::Stream& stream) {
  const bool has_exporter_by_default = stream.security() == "TLSv1.3";
  for (const char* const type : types) {
    if (!has_exporter_by_default && type == types.front()) continue;
    if (auto data = stream.channel_binding(type)) return sasl::ChannelBinding{type, *std::move(data)};
  }
  return std::nullopt;
}

// Cyrus takes "tls-unique" alone, which TLS 1.3 does not have (its issue 4191).
bool binds_otherwise(const imap::Client& client) {
  return client.stream().security() == "TLSv1.3" && guess_software(client.greeting_text(), client.capabilities()).name == "Cyrus IMAP";
}

}  // namespace

sasl::Channel channel_of(const imap::Client& client) {
  const auto names = client.capabilities().names();
  const bool offers_plus =
      std::ranges::any_of(names, [](const std::string& name) { return name.starts_with("AUTH=SCRAM-") && name.ends_with("-PLUS"); });
  return {.binding = binding_of(client.stream()), .offers_plus = offers_plus};
}

bool can_bind(const imap::Client& client, bool by_order) {
  return binding_of(client.stream()).has_value() && (by_order || !binds_otherwise(client));
}

}  // namespace godwit::adapters
