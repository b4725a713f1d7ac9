// SPDX-License-Identifier: Apache-2.0
#include "imap/login_refusal.h"

#include <algorithm>
#include <array>

#include "base/known_text.h"
#include "base/text.h"

namespace godwit::imap {
namespace {

// The first that is found counts: what passes by itself before what does not, what a person has to do in detail before what is general.
constexpr std::array texts{
    KnownText{"too many failed", codes::login_locked},                             // hMailServer, SmarterMail: locked for a time
    KnownText{"too many login failures", codes::login_locked},                     // Zoho, Courier with a patch
    KnownText{"too many invalid", codes::login_locked},
    KnownText{"too many bad", codes::login_locked},
    KnownText{"maximum number of connections", codes::too_many_connections},       // Dovecot
    KnownText{"too many connections", codes::too_many_connections},
    KnownText{"too many simultaneous", codes::too_many_connections},               // Gmail
    KnownText{"too many sessions", codes::too_many_connections},
    KnownText{"too many open connections", codes::too_many_connections},
    KnownText{"connection limit", codes::too_many_connections},
    KnownText{"rate limit", codes::throttled},                                     // Yahoo
    KnownText{"too many logins", codes::throttled},
    KnownText{"too many login attempts", codes::throttled},                        // before the password was looked at
    KnownText{"request is throttled", codes::throttled},                           // Exchange, Microsoft 365
    KnownText{"account exceeded command or bandwidth", codes::throttled},          // Gmail
    KnownText{"application-specific password", codes::login_password_barred},      // Gmail
    KnownText{"app-specific password", codes::login_password_barred},              // iCloud
    KnownText{"app password", codes::login_password_barred},                       // Fastmail, Purelymail, Yahoo
    KnownText{"application password", codes::login_password_barred},
    KnownText{"authorization code", codes::login_password_barred},                 // QQ, 163
    KnownText{"log in via your web browser", codes::login_password_barred},        // Gmail
    KnownText{"web login required", codes::login_password_barred},                 // Gmail
    KnownText{"basic authentication is disabled", codes::login_password_barred},   // Microsoft 365
    KnownText{"basicauthblocked", codes::login_password_barred},                   // Microsoft 365
    KnownText{"not enabled for imap", codes::login_imap_off},                      // Gmail
    KnownText{"yet to enable imap", codes::login_imap_off},                        // Zoho
    KnownText{"imap access is disabled", codes::login_imap_off},
    KnownText{"imap access disabled", codes::login_imap_off},
    KnownText{"imap is not enabled", codes::login_imap_off},
    KnownText{"service is not open", codes::login_imap_off},                       // QQ
    KnownText{"account is locked", codes::login_locked},
    KnownText{"account locked", codes::login_locked},
    KnownText{"account is temporarily locked", codes::login_locked},
    KnownText{"account has been locked", codes::login_locked},
    KnownText{"account is disabled", codes::login_locked},                         // Dovecot, SmarterMail, MDaemon
    KnownText{"account disabled", codes::login_locked},
    KnownText{"account has been disabled", codes::login_locked},
    KnownText{"account is suspended", codes::login_locked},                        // cPanel
    KnownText{"account suspended", codes::login_locked},
    KnownText{"account has been suspended", codes::login_locked},
    KnownText{"account is blocked", codes::login_locked},
    KnownText{"account has been blocked", codes::login_locked},
    KnownText{"account is inactive", codes::login_locked},                         // Zimbra
    KnownText{"account is not active", codes::login_locked},
    KnownText{"account not active", codes::login_locked},
    KnownText{"user is disabled", codes::login_locked},
    KnownText{"user disabled", codes::login_locked},
    KnownText{"login blocked", codes::login_locked},                               // IceWarp
    KnownText{"password has expired", codes::password_expired},
    KnownText{"password expired", codes::password_expired},                        // Dovecot
    KnownText{"password is expired", codes::password_expired},
    KnownText{"must change", codes::password_expired},                             // Zimbra
    KnownText{"change your password", codes::password_expired},
    KnownText{"temporary authentication failure", codes::login_not_possible_now},  // Dovecot: passwords cannot be looked up
    KnownText{"authentication server unavailable", codes::login_not_possible_now}, // Cyrus: saslauthd is down
    KnownText{"authentication service", codes::login_not_possible_now},
    KnownText{"temporary problem", codes::login_not_possible_now},                 // Courier: authdaemond is down
    KnownText{"temporary failure", codes::login_not_possible_now},
    KnownText{"temporarily unavailable", codes::login_not_possible_now},
    KnownText{"generic failure", codes::login_not_possible_now},                   // Cyrus SASL: SASL_FAIL
    KnownText{"internal error", codes::login_not_possible_now},
    KnownText{"server error", codes::login_not_possible_now},
    KnownText{"system busy", codes::login_not_possible_now},
    KnownText{"try again later", codes::login_not_possible_now},
    KnownText{"authenticated but not connected", codes::login_not_connected},      // Exchange
    KnownText{"not authorized", codes::login_not_authorized},
    KnownText{"bad protocol", codes::login_challenge},                             // Cyrus SASL: SASL_BADPROT
};

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
  if (const auto by_text = meaning_of_text(texts, response.text)) return *by_text;
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
