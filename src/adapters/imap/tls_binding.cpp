// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/tls_binding.h"

#include <algorithm>

#include "adapters/imap/software.h"
#include "adapters/line/line.h"

namespace godwit::adapters {
namespace {

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
