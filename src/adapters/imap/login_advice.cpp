// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/login_advice.h"

#include <algorithm>
#include <array>

#include "base/error_code.h"
#include "base/text.h"
#include "sasl/registry.h"

namespace godwit::adapters {
namespace {

bool is_microsoft_365(std::string_view host) {
  const std::string lower = to_lower(host);
  constexpr std::array<std::string_view, 4> hosts{"office365.com", "outlook.com", "office365.us", "partner.outlook.cn"};
  return std::ranges::any_of(hosts, [&](std::string_view name) {
    return lower == name || (lower.ends_with(name) && lower[lower.size() - name.size() - 1] == '.');
  });
}

bool sends_password(const ImapSettings& settings) {
  const auto* const known = sasl::find_mechanism(settings.mechanism);
  return known == nullptr || known->needs == sasl::Needs::password;
}

}  // namespace

Error advised(Error error, const ImapSettings& settings) {
  if (error.code != codes::login_refused.number || !sends_password(settings) || !is_microsoft_365(settings.url.host)) return error;
  error.code = codes::login_password_barred.number;
  error.what = "the login was refused: Microsoft 365 takes no passwords over IMAP; log in with a token (mechanism XOAUTH2)";
  return error;
}

std::string what_is_offered(const imap::Client& client) {
  std::string offered;
  for (const std::string& capability : client.capabilities().names()) {
    if (!capability.starts_with("AUTH=")) continue;
    offered += (offered.empty() ? "" : ", ") + printable(capability.substr(5));
  }
  const bool takes_login = !client.capabilities().has("LOGINDISABLED");
  if (takes_login) offered += offered.empty() ? "the command LOGIN" : ", the command LOGIN";
  return offered.empty() ? "it offers no way to log in there; use imaps:// or STARTTLS" : "it offers " + offered;
}

}  // namespace godwit::adapters
