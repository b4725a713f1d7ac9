// SPDX-License-Identifier: Apache-2.0
#include "imap/login_refusal.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::imap {
namespace {

struct Meaning {
  std::string_view words;  // lower case
  ErrorCode code;
};

// The first that is found counts: what passes by itself before what does not, what a person has to do in detail before what is general.
constexpr std::array texts{
    Meaning{"too many failed", codes::login_locked},                             // hMailServer, SmarterMail: locked for a time
    Meaning{"too many login failures", codes::login_locked},                     // Zoho, Courier with a patch
    Meaning{"too many invalid", codes::login_locked},
    Meaning{"too many bad", codes::login_locked},
    Meaning{"maximum number of connections", codes::too_many_connections},       // Dovecot
    Meaning{"too many connections", codes::too_many_connections},
    Meaning{"too many simultaneous", codes::too_many_connections},               // Gmail
    Meaning{"too many sessions", codes::too_many_connections},
    Meaning{"too many open connections", codes::too_many_connections},
    Meaning{"connection limit", codes::too_many_connections},
    Meaning{"rate limit", codes::throttled},                                     // Yahoo
    Meaning{"too many logins", codes::throttled},
    Meaning{"too many login attempts", codes::throttled},                        // before the password was looked at
    Meaning{"request is throttled", codes::throttled},                           // Exchange, Microsoft 365
    Meaning{"account exceeded command or bandwidth", codes::throttled},          // Gmail
    Meaning{"application-specific password", codes::login_password_barred},      // Gmail
    Meaning{"app-specific password", codes::login_password_barred},              // iCloud
    Meaning{"app password", codes::login_password_barred},                       // Fastmail, Purelymail, Yahoo
    Meaning{"application password", codes::login_password_barred},
    Meaning{"authorization code", codes::login_password_barred},                 // QQ, 163
    Meaning{"log in via your web browser", codes::login_password_barred},        // Gmail
    Meaning{"web login required", codes::login_password_barred},                 // Gmail
    Meaning{"basic authentication is disabled", codes::login_password_barred},   // Microsoft 365
    Meaning{"basicauthblocked", codes::login_password_barred},                   // Microsoft 365
    Meaning{"not enabled for imap", codes::login_imap_off},                      // Gmail
    Meaning{"yet to enable imap", codes::login_imap_off},                        // Zoho
    Meaning{"imap access is disabled", codes::login_imap_off},
    Meaning{"imap access disabled", codes::login_imap_off},
    Meaning{"imap is not enabled", codes::login_imap_off},
    Meaning{"service is not open", codes::login_imap_off},                       // QQ
    Meaning{"account is locked", codes::login_locked},
    Meaning{"account locked", codes::login_locked},
    Meaning{"account is temporarily locked", codes::login_locked},
    Meaning{"account has been locked", codes::login_locked},
    Meaning{"account is disabled", codes::login_locked},                         // Dovecot, SmarterMail, MDaemon
    Meaning{"account disabled", codes::login_locked},
    Meaning{"account has been disabled", codes::login_locked},
    Meaning{"account is suspended", codes::login_locked},                        // cPanel
    Meaning{"account suspended", codes::login_locked},
    Meaning{"account has been suspended", codes::login_locked},
    Meaning{"account is blocked", codes::login_locked},
    Meaning{"account has been blocked", codes::login_locked},
    Meaning{"account is inactive", codes::login_locked},                         // Zimbra
    Meaning{"account is not active", codes::login_locked},
    Meaning{"account not active", codes::login_locked},
    Meaning{"user is disabled", codes::login_locked},
    Meaning{"user disabled", codes::login_locked},
    Meaning{"login blocked", codes::login_locked},                               // IceWarp
    Meaning{"password has expired", codes::password_expired},
    Meaning{"password expired", codes::password_expired},                        // Dovecot
    Meaning{"password is expired", codes::password_expired},
    Meaning{"must change", codes::password_expired},                             // Zimbra
    Meaning{"change your password", codes::password_expired},
    Meaning{"temporary authentication failure", codes::login_not_possible_now},  // Dovecot: passwords cannot be looked up
    Meaning{"authentication server unavailable", codes::login_not_possible_now}, // Cyrus: saslauthd is down
    Meaning{"authentication service", codes::login_not_possible_now},
    Meaning{"temporary problem", codes::login_not_possible_now},                 // Courier: authdaemond is down
    Meaning{"temporary failure", codes::login_not_possible_now},
    Meaning{"temporarily unavailable", codes::login_not_possible_now},
    Meaning{"generic failure", codes::login_not_possible_now},                   // Cyrus SASL: SASL_FAIL
    Meaning{"internal error", codes::login_not_possible_now},
    Meaning{"server error", codes::login_not_possible_now},
    Meaning{"system busy", codes::login_not_possible_now},
    Meaning{"try again later", codes::login_not_possible_now},
    Meaning{"authenticated but not connected", codes::login_not_connected},      // Exchange
    Meaning{"not authorized", codes::login_not_authorized},
    Meaning{"bad protocol", codes::login_challenge},                             // Cyrus SASL: SASL_BADPROT
};

std::optional<ErrorCode> code_of_text(std::string_view text) {
  const std::string lower = to_lower(text);
  const auto* const known = std::ranges::find_if(texts, [&](const Meaning& meaning) { return lower.contains(meaning.words); });
  if (known == texts.end()) return std::nullopt;
  return known->code;
}

// Sent for whatever has gone wrong, with a text that may say more.
bool is_vague(ErrorCode code) {
  constexpr std::array vague{codes::login_refused, codes::login_not_authorized, codes::login_needs_administrator, codes::unavailable,
                             codes::throttled};
  return std::ranges::find(vague, code) != vague.end();
}

}  // namespace

bool is_login(std::string_view command) {
  constexpr std::array<std::string_view, 5> commands{"LOGIN", "AUTHENTICATE", "PROXYAUTH", "X-MASTERAUTH", "X-SETUSER"};
  return std::ranges::any_of(commands, [&](std::string_view one) { return equals_ignoring_case(one, command); });
}

ErrorCode code_of_login_refusal(std::string_view command, const StatusResponse& response, std::optional<ErrorCode> by_code) {
  if (by_code && !is_vague(*by_code)) return *by_code;
  if (const auto by_text = code_of_text(response.text)) return *by_text;
  if (by_code) return *by_code == codes::unavailable ? codes::login_not_possible_now : *by_code;
  const bool is_administrators = equals_ignoring_case(command, "PROXYAUTH") || equals_ignoring_case(command, "X-SETUSER");
  return is_administrators ? codes::login_not_authorized : codes::login_refused;
}

std::string login_explanation(ErrorCode code) {
  if (code == codes::login_not_authorized) {
    return "the login was refused: the password is right, but does not open this mailbox; check that it exists, and who may open it";
  }
  if (code == codes::password_expired) return "the login was refused: the password has expired; set a new one on that server";
  if (code == codes::login_needs_encryption) {
    return "the login was refused: the server takes no password on an unencrypted line; use imaps://";
  }
  if (code == codes::login_needs_administrator) return "the login was refused; the server's administrator must help";
  if (code == codes::login_locked) return "the login was refused: the account is locked or switched off; have it unlocked on that server";
  if (code == codes::login_imap_off) return "the login was refused: IMAP is switched off for this account; switch it on there";
  if (code == codes::login_password_barred) {
    return "the login was refused: the server does not take this account's usual password; use an app password, or a token (mechanism "
           "XOAUTH2 or OAUTHBEARER)";
  }
  if (code == codes::login_challenge) {
    return "the server breaks the exchange off before it has looked at the password; name another mechanism";
  }
  if (code == codes::login_not_connected) {
    return "the server took the login, but opens no mailbox for it; check the password, that the mailbox exists, and the right to open it";
  }
  return "the login was refused; check the name and the password";
}

}  // namespace godwit::imap
