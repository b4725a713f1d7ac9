// SPDX-License-Identifier: Apache-2.0
// How the line to a server is opened: [source] and [target].
#include <fmt/format.h>

#include <array>

#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

void read_proxy_password(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  reader.refuse("proxy_password", "a password never stands in the plan; write proxy_password_file or proxy_password_env");
  if (const auto file = reader.text("proxy_password_file")) {
    const auto path = resolve(reader, {*file, reader.place_of("proxy_password_file")}, surroundings);
    endpoint.proxy_password = PasswordFrom{PasswordFrom::Kind::file, path.string()};
  }
  const auto variable = reader.text("proxy_password_env");
  if (!variable) return;
  if (endpoint.proxy_password) {
    reader.add_problem("proxy_password_env",
                       "there are two places for one password; keep one of proxy_password_file and proxy_password_env");
  }
  if (variable->find_first_of("=$ ") != std::string::npos) {
    reader.add_problem("proxy_password_env", "this is no variable's name; write it without $ and =: \"PROXY_PASSWORD\"");
  }
  endpoint.proxy_password = PasswordFrom{PasswordFrom::Kind::environment, *variable};
}

void read_proxy(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  endpoint.proxy = reader.parsed("proxy", parse_proxy_address);
  read_proxy_password(reader, endpoint, surroundings);
  if (reader.has("proxy") != endpoint.proxy.has_value()) return;  // a problem already
  const bool has_user = endpoint.proxy && !endpoint.proxy->user.empty();
  if (has_user && !endpoint.proxy_password) {
    reader.add_problem("proxy", "the password of the proxy's user is missing; write proxy_password_file or proxy_password_env");
  }
  if (!has_user && endpoint.proxy_password) {
    reader.add_problem(endpoint.proxy_password->kind == PasswordFrom::Kind::file ? "proxy_password_file" : "proxy_password_env",
                       "nobody uses it; write the user into the proxy's address: proxy = \"socks5://user@proxy.example.com:1080\"");
  }
}

void read_tls(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  endpoint.tls.least = reader.parsed("tls_min", parse_tls_version).value_or(TlsVersion::v1_2);
  endpoint.tls.legacy_ciphers = reader.parsed("ciphers", parse_legacy_ciphers).value_or(false);
  if (const auto file = reader.text("ca_file")) {
    endpoint.tls.authorities_file = resolve(reader, {*file, reader.place_of("ca_file")}, surroundings).string();
    if (endpoint.trust.mode != Trust::Mode::system) {
      reader.add_problem("ca_file", "nobody asks an authority where trust is \"always\" or a fingerprint; remove one of them");
    }
  }
  if (endpoint.security != Security::none) return;
  for (const char* key : {"tls_min", "ciphers", "ca_file"}) {
    if (reader.has(key)) reader.add_problem(key, "without TLS it says nothing; write another security, or remove it");
  }
}

}  // namespace

void read_line(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  read_proxy(reader, endpoint, surroundings);
  read_tls(reader, endpoint, surroundings);
}

}  // namespace godwit::plan
