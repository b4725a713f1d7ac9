// SPDX-License-Identifier: Apache-2.0
#include "sieve/refusal.h"

#include <array>
#include <string>

#include "base/error_code_filters.h"
#include "base/known_text.h"

namespace godwit::sieve {
namespace {

constexpr std::array response_codes{
    KnownText{"QUOTA/MAXSIZE", codes::too_big},
    KnownText{"QUOTA/MAXSCRIPTS", codes::quota},
    KnownText{"QUOTA", codes::quota},
    KnownText{"NONEXISTENT", codes::not_found},
    KnownText{"ALREADYEXISTS", codes::exists},
    KnownText{"ACTIVE", codes::refused},
    KnownText{"TRYLATER", codes::unavailable},
    KnownText{"REFERRAL", codes::login_elsewhere},
    KnownText{"ENCRYPT-NEEDED", codes::login_needs_encryption},
    KnownText{"AUTH-TOO-WEAK", codes::login_unsupported},
    KnownText{"TRANSITION-NEEDED", codes::login_unsupported},
};

// Of servers that send no code; lower case. The first that is found counts.
constexpr std::array login_texts{
    KnownText{"too many connections", codes::too_many_connections},
    KnownText{"maximum number of connections", codes::too_many_connections},
    KnownText{"temporar", codes::unavailable},
    KnownText{"try again later", codes::unavailable},
    KnownText{"plaintext authentication disallowed", codes::login_needs_encryption},  // Dovecot
    KnownText{"unsupported authentication mechanism", codes::not_understood},         // Dovecot
    KnownText{"unknown sasl mechanism", codes::not_understood},                       // James
    KnownText{"no mechanism available", codes::not_understood},                       // Cyrus
};
constexpr std::array script_texts{
    KnownText{"no such script", codes::not_found},
    KnownText{"does not exist", codes::not_found},
    KnownText{"doesn't exist", codes::not_found},
    KnownText{"no script by that name", codes::not_found},  // James
    KnownText{"already exists", codes::exists},
    KnownText{"quota", codes::quota},
    KnownText{"too large", codes::too_big},
};
constexpr std::array any_texts{
    KnownText{"unknown command", codes::not_understood},
    KnownText{"unrecognized command", codes::not_understood},
    KnownText{"not implemented", codes::not_understood},
    KnownText{"invalid command", codes::not_understood},
};

bool is_login(std::string_view command) { return command == "AUTHENTICATE"; }
bool brings_script(std::string_view command) { return command == "PUTSCRIPT" || command == "CHECKSCRIPT"; }

ErrorCode code_for(std::string_view command, const Line& status) {
  if (const auto by_code = meaning_of_code(response_codes, status.code.name)) return *by_code;
  if (status.kind == Line::Kind::bye) return meaning_of_text(login_texts, status.text).value_or(codes::closed_by_server);
  if (is_login(command)) return meaning_of_text(login_texts, status.text).value_or(codes::login_refused);
  if (brings_script(command)) return codes::filter_refused;  // what is said of a script's content may hold any words
  if (const auto by_text = meaning_of_text(any_texts, status.text)) return *by_text;
  return meaning_of_text(script_texts, status.text).value_or(codes::refused);
}

std::string elsewhere(const Line& status) {
  if (status.code.arguments.empty()) return "the server sends this account to another one";
  return "the server sends this account to another one; give " + printable(status.code.arguments.front()) + " instead";
}

std::string explanation(std::string_view command, ErrorCode code, const Line& status) {
  const std::string name(command);
  if (code == codes::login_elsewhere) return elsewhere(status);
  if (code == codes::login_unsupported) return "the server does not take this way to log in; choose another mechanism";
  if (code == codes::closed_by_server) return "the server ended the session";
  if (code == codes::filter_refused) return "the server refuses the script";
  switch (code.kind) {
    case ErrorKind::auth: return "the login was refused; check the name and the password";
    case ErrorKind::unavailable: return name + " was refused; the server asks to come back later";
    case ErrorKind::not_found: return name + " was refused; there is no such script";
    case ErrorKind::exists: return name + " was refused; there is a script of that name already";
    case ErrorKind::quota: return name + " was refused; the account has no room for it. Raise its quota of scripts";
    case ErrorKind::too_big: return name + " was refused; the script is larger than the server takes";
    case ErrorKind::not_understood: return "the server does not know " + name;
    default: break;
  }
  if (status.code.name == "ACTIVE") return name + " was refused; the script is the active one";
  return name + " was refused";
}

}  // namespace

Error error_of(std::string_view command, const Line& status) {
  const ErrorCode code = code_for(command, status);
  const std::size_t end = status.text.find_last_not_of("\r\n") + 1;  // Pigeonhole ends its lines; npos + 1 is 0
  return make_error(code, explanation(command, code, status), status.text.substr(0, end));
}

}  // namespace godwit::sieve
