// SPDX-License-Identifier: Apache-2.0
// How one logs in to a server: mechanism, administrator's command, client certificate.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/plan_parts.h"
#include "sasl/registry.h"

namespace godwit::plan {
namespace {

template <class Names>
std::optional<std::string> read_name(TableReader& reader, std::string_view key, const Names& names) {
  const auto text = reader.text(key);
  if (!text) return std::nullopt;
  const auto hit = std::ranges::find_if(names, [&](const std::string& name) { return equals_ignoring_case(name, *text); });
  if (hit != names.end()) return *hit;
  reader.add_problem(key, fmt::format("\"{}\" is not known{}", printable(*text), suggestion(*text, names)));
  return std::nullopt;
}

std::vector<std::string> mechanism_names() {
  std::vector<std::string> names;
  for (const sasl::KnownMechanism& known : sasl::known_mechanisms()) names.emplace_back(known.name);
  return names;
}

// An administrator's command replaces what SASL would say.
void read_admin_command(TableReader& reader, Endpoint& endpoint) {
  const std::array<std::string, 2> names{"PROXYAUTH", "X-MASTERAUTH"};
  endpoint.admin_command = read_name(reader, "admin_command", names).value_or("");
  if (endpoint.admin_command.empty()) return;
  const bool is_kerio = endpoint.admin_command == "X-MASTERAUTH";
  if (!is_kerio && endpoint.admin_user.empty()) {
    reader.add_problem("admin_command", "PROXYAUTH opens mailboxes for an administrator who has logged in; write admin_user = \"…\"");
  }
  if (is_kerio && !endpoint.admin_user.empty()) {
    reader.add_problem("admin_user", "X-MASTERAUTH takes the master password alone, and no name; remove it");
  }
  if (is_kerio && (!endpoint.mechanism.empty() || reader.has("login"))) {
    reader.add_problem("admin_command", "X-MASTERAUTH is a login by itself; remove mechanism and login");
  }
  if (endpoint.authorization.empty()) endpoint.authorization = LoginTemplate::parse("{user}").value();
  if (!endpoint.password) endpoint.password = PasswordFrom{};
}

void read_certificate(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  const auto file = [&](std::string_view key) {
    const auto text = reader.text(key);
    return text ? resolve(reader, {*text, reader.place_of(key)}, surroundings) : std::filesystem::path();
  };
  endpoint.certificate = file("certificate");
  endpoint.certificate_key = file("certificate_key");
  if (endpoint.certificate.empty() != endpoint.certificate_key.empty()) {
    reader.add_problem(endpoint.certificate.empty() ? "certificate_key" : "certificate",
                       fmt::format("a certificate and its key go together; write {} = \"…\"",
                                   endpoint.certificate.empty() ? "certificate" : "certificate_key"));
  }
  if (endpoint.security == Security::none && !endpoint.certificate.empty()) {
    reader.add_problem("certificate", "without TLS it is shown to nobody; write security = \"tls\" or \"starttls\", or remove it");
  }
}

// The certificate says who logs in; the mailbox is said as the authorization.
void check_external(TableReader& reader, Endpoint& endpoint) {
  if (endpoint.mechanism != "EXTERNAL") return;
  if (endpoint.certificate.empty()) {
    reader.add_problem("mechanism", "EXTERNAL logs in with a client certificate; write certificate = \"…\" and certificate_key = \"…\"");
  }
  const bool names_password = reader.has("password_file") || reader.has("password_env") || reader.has("password_prompt");
  if (names_password) reader.add_problem("mechanism", "EXTERNAL takes no password; remove password_file, password_env and password_prompt");
  endpoint.password.reset();
  if (endpoint.authorization.empty()) endpoint.authorization = LoginTemplate::parse("{user}").value();
}

// Another mechanism than those that can say it would leave the mailbox of the administrator open.
void check_authorization(TableReader& reader, const Endpoint& endpoint) {
  const auto* const known = sasl::find_mechanism(endpoint.mechanism);
  if (known == nullptr || endpoint.authorization.empty() || !endpoint.admin_command.empty()) return;
  if (!known->is_for_others) {
    reader.add_problem("mechanism", fmt::format("{} cannot say a login for somebody else; write PLAIN or a SCRAM, or leave it out",
                                                endpoint.mechanism));
  }
}

}  // namespace

void read_login_ways(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  endpoint.mechanism = read_name(reader, "mechanism", mechanism_names()).value_or("");
  read_certificate(reader, endpoint, surroundings);
  read_admin_command(reader, endpoint);
  check_external(reader, endpoint);
  check_authorization(reader, endpoint);
  const auto* const known = sasl::find_mechanism(endpoint.mechanism);
  if (known != nullptr && known->binds && endpoint.security == Security::none) {
    reader.add_problem("mechanism", fmt::format("{} ties the login to TLS, and there is none; write security = \"tls\" or \"starttls\"",
                                                endpoint.mechanism));
  }
}

}  // namespace godwit::plan
