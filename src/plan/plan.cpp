// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <algorithm>

namespace godwit::plan {
namespace {

template <class Named>
const Named* find(const std::vector<Named>& all, std::string_view name) {
  const auto hit = std::ranges::find(all, name, &Named::name);
  return hit == all.end() ? nullptr : &*hit;
}

}  // namespace

std::string_view name_of(Security security) {
  switch (security) {
    case Security::tls: return "tls";
    case Security::starttls: return "starttls";
    case Security::none: return "none";
    case Security::detect: return "detect";
  }
  return "";
}

std::string_view name_of(AccountsFormat format) {
  switch (format) {
    case AccountsFormat::automatic: return "automatic";
    case AccountsFormat::csv: return "csv";
    case AccountsFormat::user_password: return "user:password";
    case AccountsFormat::user_password_domain: return "user:password:domain";
  }
  return "";
}

std::uint16_t usual_port(Security security) { return begins_with_tls(security) ? 993 : 143; }

Result<Endpoint::Login> Endpoint::login_of(std::string_view user) const {
  const std::string mailbox = names.canonical(user);
  const LoginParts parts{.user = user, .mailbox = mailbox, .admin = admin_user};
  Login result;
  GODWIT_TRY(result.name, login.fill(parts));
  GODWIT_TRY(result.authorization, authorization.fill(parts));
  return result;
}

const Endpoint* find_endpoint(const std::vector<Endpoint>& endpoints, std::string_view name) { return find(endpoints, name); }
const Wave* find_wave(const Plan& plan, std::string_view name) { return find(plan.waves, name); }

}  // namespace godwit::plan
