// SPDX-License-Identifier: Apache-2.0
#include "pop3/refusal.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error_code.h"

namespace godwit::pop3 {
namespace {

struct Meaning {
  std::string_view words;
  ErrorCode code;
};

constexpr std::array response_codes{
    Meaning{"IN-USE", codes::mailbox_in_use},
    Meaning{"LOGIN-DELAY", codes::throttled},
    Meaning{"SYS/TEMP", codes::unavailable},
    Meaning{"AUTH", codes::login_refused},
};

// Of servers that send no code; lower case. The first that is found counts.
constexpr std::array login_texts{
    Meaning{"lock", codes::mailbox_in_use},                        // qpopper, Cyrus, Courier, UW: "Unable to lock maildrop"
    Meaning{"in use", codes::mailbox_in_use},                      // Exchange, MDaemon
    Meaning{"already logged in", codes::mailbox_in_use},
    Meaning{"too many connections", codes::too_many_connections},  // Dovecot, Courier
    Meaning{"maximum number of connections", codes::too_many_connections},
    Meaning{"temporar", codes::unavailable},
    Meaning{"try again later", codes::unavailable},
    Meaning{"plaintext authentication disallowed", codes::login_needs_encryption},  // Dovecot
};
constexpr std::array message_texts{
    Meaning{"no such message", codes::not_found},
    Meaning{"does not exist", codes::not_found},
    Meaning{"there's no message", codes::not_found},  // Dovecot
    Meaning{"is deleted", codes::not_found},          // Dovecot
};
constexpr std::array any_texts{
    Meaning{"unknown command", codes::not_understood},
    Meaning{"unrecognized command", codes::not_understood},
    Meaning{"invalid command", codes::not_understood},
    Meaning{"command not", codes::not_understood},
    Meaning{"not implemented", codes::not_understood},
    Meaning{"not supported", codes::not_understood},
};

template <std::size_t count>
const Meaning* find_in(const std::array<Meaning, count>& texts, std::string_view lower) {
  const auto found = std::ranges::find_if(texts, [&](const Meaning& known) { return lower.contains(known.words); });
  return found == texts.end() ? nullptr : &*found;
}

bool is_login(std::string_view command) { return command == "PASS" || command == "APOP" || command == "AUTH"; }
bool names_message(std::string_view command) { return command == "RETR" || command == "TOP"; }

ErrorCode code_for(std::string_view command, const Status& status) {
  const auto known = std::ranges::find(response_codes, status.code, &Meaning::words);
  if (known != response_codes.end()) return known->code;
  if (status.code == "SYS/PERM") return is_login(command) ? codes::login_needs_administrator : codes::refused;
  const std::string lower = to_lower(status.text);
  if (is_login(command) || command == "USER" || command == "greeting") {
    if (const Meaning* const meaning = find_in(login_texts, lower)) return meaning->code;
  }
  if (is_login(command)) return codes::login_refused;
  if (names_message(command)) {
    if (const Meaning* const meaning = find_in(message_texts, lower)) return meaning->code;
  }
  if (const Meaning* const meaning = find_in(any_texts, lower)) return meaning->code;
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
