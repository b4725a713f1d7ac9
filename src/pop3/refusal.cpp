// SPDX-License-Identifier: Apache-2.0
#include "pop3/refusal.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error_code.h"
#include "base/known_text.h"

namespace godwit::pop3 {
namespace {

constexpr std::array response_codes{
    KnownText{"IN-USE", codes::mailbox_in_use},
    KnownText{"LOGIN-DELAY", codes::throttled},
    KnownText{"SYS/TEMP", codes::unavailable},
    KnownText{"AUTH", codes::login_refused},
};

// Of servers that send no code; lower case. The first that is found counts.
constexpr std::array login_texts{
    KnownText{"lock", codes::mailbox_in_use},                        // qpopper, Cyrus, Courier, UW: "Unable to lock maildrop"
    KnownText{"in use", codes::mailbox_in_use},                      // Exchange, MDaemon
    KnownText{"already logged in", codes::mailbox_in_use},
    KnownText{"too many connections", codes::too_many_connections},  // Dovecot, Courier
    KnownText{"maximum number of connections", codes::too_many_connections},
    KnownText{"temporar", codes::unavailable},
    KnownText{"try again later", codes::unavailable},
    KnownText{"plaintext authentication disallowed", codes::login_needs_encryption},  // Dovecot
};
constexpr std::array message_texts{
    KnownText{"no such message", codes::not_found},
    KnownText{"does not exist", codes::not_found},
    KnownText{"there's no message", codes::not_found},  // Dovecot
    KnownText{"is deleted", codes::not_found},          // Dovecot
};
constexpr std::array any_texts{
    KnownText{"unknown command", codes::not_understood},
    KnownText{"unrecognized command", codes::not_understood},
    KnownText{"invalid command", codes::not_understood},
    KnownText{"command not", codes::not_understood},
    KnownText{"not implemented", codes::not_understood},
    KnownText{"not supported", codes::not_understood},
};

bool is_login(std::string_view command) { return command == "PASS" || command == "APOP" || command == "AUTH"; }
bool names_message(std::string_view command) { return command == "RETR" || command == "TOP"; }

ErrorCode code_for(std::string_view command, const Status& status) {
  if (const auto by_code = meaning_of_code(response_codes, status.code)) return *by_code;
  if (status.code == "SYS/PERM") return is_login(command) ? codes::login_needs_administrator : codes::refused;
  if (is_login(command) || command == "USER" || command == "greeting") {
    if (const auto by_text = meaning_of_text(login_texts, status.text)) return *by_text;
  }
  if (is_login(command)) return codes::login_refused;
  if (names_message(command)) {
    if (const auto by_text = meaning_of_text(message_texts, status.text)) return *by_text;
  }
  if (const auto by_text = meaning_of_text(any_texts, status.text)) return *by_text;
  return codes::refused;
}

std::string explanation(std::string_view command, ErrorCode code) {
  if (code == codes::mailbox_in_use) return "another program has the mailbox open; POP3 lets in one at a time";
  if (code == codes::throttled) return "the server allows a login only so often";
  switch (code.kind) {
    case ErrorKind::auth: return "the login was refused; check the name and the password";
    case ErrorKind::unavailable: return std::string(command) + " was refused; the server asks to come back later";
    case ErrorKind::not_found: return std::string(command) + " was refused; there is no such message";
    default: return std::string(command) + " was refused";
  }
}

}  // namespace

Error error_of(std::string_view command, const Status& status) {
  const ErrorCode code = code_for(command, status);
  return make_error(code, explanation(command, code), status.text);
}

}  // namespace godwit::pop3
