// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit::plan {
namespace {

template <class Named>
const Named* find(const std::vector<Named>& all, std::string_view name) {
  const auto hit = std::ranges::find(all, name, &Named::name);
  return hit == all.end() ? nullptr : &*hit;
}

}  // namespace

std::string_view name_of(System system) {
  switch (system) {
    case System::imap: return "imap";
    case System::pop3: return "pop3";
    case System::dav: return "dav";
    case System::sieve: return "sieve";
    case System::maildir: return "maildir";
    case System::mbox: return "mbox";
    case System::mh: return "mh";
    case System::eml: return "eml";
    case System::pst: return "pst";
    case System::ics: return "ics";
  }
  return "";
}

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

std::uint16_t usual_port(System system, Security security) {
  if (system == System::pop3) return begins_with_tls(security) ? 995 : 110;
  if (system == System::dav) return begins_with_tls(security) ? 443 : 80;
  if (system == System::sieve) return 4190;
  return begins_with_tls(security) ? 993 : 143;
}

Result<Endpoint::Login> Endpoint::login_of(std::string_view user) const {
  const std::string mailbox = names.canonical(user);
  const LoginParts parts{.user = user, .mailbox = mailbox, .admin = admin_user};
  Login result;
  GODWIT_TRY(result.name, login.fill(parts));
  GODWIT_TRY(result.authorization, authorization.fill(parts));
  return result;
}

Result<std::string> Endpoint::path_of(std::string_view user) const {
  const std::string mailbox = names.canonical(user);
  const auto at = user.rfind('@'), mailbox_at = mailbox.rfind('@');
  const auto domain_of = [](std::string_view name, std::size_t place) {
    return place == name.npos ? std::string_view() : name.substr(place + 1);
  };
  for (const std::string_view part : {user, user.substr(0, at), domain_of(user, at), std::string_view(mailbox),
                                      std::string_view(mailbox).substr(0, mailbox_at), domain_of(mailbox, mailbox_at)}) {
    const bool leads_away = part.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos || part == "." || part == "..";
    if (leads_away) {
      return fail(ErrorKind::usage, fmt::format("{} cannot stand in a path ({}): give the account another name, or another path",
                                                printable(part), printable(path.text())));
    }
  }
  return path.fill({.user = user, .mailbox = mailbox, .admin = {}});
}

std::string Endpoint::address() const {
  if (!has_server(system)) return fmt::format("{}:{}", name_of(system), path.text());
  const bool is_literal = host.find(':') != std::string::npos;
  return fmt::format("{}{}://{}:{}", name_of(system), begins_with_tls(security) ? "s" : "", is_literal ? "[" + host + "]" : host, port);
}

const Endpoint* find_endpoint(const std::vector<Endpoint>& endpoints, std::string_view name) { return find(endpoints, name); }
const Wave* find_wave(const Plan& plan, std::string_view name) { return find(plan.waves, name); }

}  // namespace godwit::plan
