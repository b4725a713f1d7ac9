// SPDX-License-Identifier: Apache-2.0
#include "imap/refusal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error_code.h"
#include "base/known_text.h"
#include "base/text.h"
#include "imap/login_refusal.h"

namespace godwit::imap {
namespace {

// RFC 9051 §7.1, RFC 5530 §3, RFC 9208 §5.4, RFC 4469 §5; THROTTLED is Gmail's and Exchange's.
constexpr std::array response_codes{
    KnownText{"AUTHENTICATIONFAILED", codes::login_refused},
    KnownText{"AUTHORIZATIONFAILED", codes::login_not_authorized},
    KnownText{"EXPIRED", codes::password_expired},
    KnownText{"PRIVACYREQUIRED", codes::login_needs_encryption},
    KnownText{"CONTACTADMIN", codes::login_needs_administrator},
    KnownText{"UNAVAILABLE", codes::unavailable},
    KnownText{"INUSE", codes::mailbox_in_use},
    KnownText{"SERVERBUG", codes::server_fault},
    KnownText{"LIMIT", codes::throttled},
    KnownText{"THROTTLED", codes::throttled},
    KnownText{"EXPUNGEISSUED", codes::unavailable},
    KnownText{"OVERQUOTA", codes::quota},
    KnownText{"TOOBIG", codes::too_big},
    KnownText{"NONEXISTENT", codes::not_found},
    KnownText{"TRYCREATE", codes::not_found},
    KnownText{"ALREADYEXISTS", codes::exists},
};

// Texts of servers that send no code, or one that says less; lower case. The first that is found counts.
constexpr std::array texts{
    KnownText{"request is throttled", codes::throttled},                           // Exchange, Microsoft 365
    KnownText{"suggested backoff time", codes::throttled},                         // Exchange, Microsoft 365
    KnownText{"too many simultaneous connections", codes::too_many_connections},   // Gmail
    KnownText{"too many connections", codes::too_many_connections},                // Courier, Dovecot
    KnownText{"maximum number of connections", codes::too_many_connections},       // Dovecot
    KnownText{"rate limit hit", codes::throttled},                                 // Yahoo
    KnownText{"bandwidth limits", codes::throttled},                               // Gmail
    KnownText{"exceeded your mail quota", codes::quota},                           // Courier
    KnownText{"quota has been exceeded", codes::quota},                            // hMailServer
    KnownText{"quota exceeded", codes::quota},                                     // Dovecot
    KnownText{"over quota", codes::quota},                                         // Cyrus
    KnownText{"out of storage", codes::quota},
    KnownText{"server unavailable. 15", codes::quota},                             // Exchange says so when the mailbox is full
    KnownText{"maximum size", codes::too_big},                                     // Zimbra
    KnownText{"message too large", codes::too_big},
    KnownText{"message exceeds fixed maximum", codes::too_big},
    KnownText{"too many user flags", codes::flags_refused},                        // Cyrus, with [LIMIT]
    KnownText{"invalid keyword", codes::flags_refused},
    KnownText{"keyword not allowed", codes::flags_refused},
    KnownText{"invalid flag", codes::flags_refused},
    KnownText{"invalid system flag", codes::flags_refused},                        // Dovecot
    KnownText{"command argument error. 11", codes::argument_refused},              // Exchange, Microsoft 365
    KnownText{"authenticated but not connected", codes::login_not_connected},      // Exchange: LOGIN took a wrong password
};

// Gmail locks an account out for up to a day that has moved more than its megabytes (support.google.com/a/answer/1071518), and says
// OVERQUOTA, which is no word of a full mailbox there.
bool is_locked_out(std::string_view text) { return to_lower(text).find("bandwidth limits") != std::string::npos; }

// LIMIT says which limit only in words: [LIMIT] to a message that is too large is about the message, not about the time.
ErrorCode code_of_response(std::string_view command, const StatusResponse& response) {
  const auto by_code = meaning_of_code(response_codes, response.code.name);
  if (is_locked_out(response.text)) return codes::throttled;
  if (is_login(command) && response.status == Status::no) return code_of_login_refusal(command, response, by_code);
  const auto by_text = meaning_of_text(texts, response.text);
  if (by_code && response.code.name != "LIMIT") return *by_code;
  if (by_text) return *by_text;
  if (by_code) return *by_code;
  return response.status == Status::bad ? codes::not_understood : codes::refused;
}

std::string explanation(std::string_view command, Status status, ErrorCode code) {
  const std::string subject = std::string(command) + (status == Status::bad ? " was answered by BAD" : " was refused");
  if (code == codes::argument_refused) {
    return subject + "; Exchange says so of a message that is too large, has a line above about 9,900 bytes or a flag that it does not "
                     "take, and when the mailbox is full: compare the message's size with the limit of IMAP there, then allow --repair";
  }
  if (code == codes::flags_refused) return subject + "; the server does not take these flags";
  switch (code.kind) {
    case ErrorKind::auth: return login_explanation(code);
    case ErrorKind::unavailable: return subject + "; the server asks to come back later";
    case ErrorKind::quota: return subject + "; the mailbox is full";
    case ErrorKind::too_big: return subject + "; the message is larger than this server takes";
    case ErrorKind::not_found: return subject + "; there is no such folder";
    case ErrorKind::exists: return subject + "; it exists already";
    default: return subject;
  }
}

Error error_saying(ErrorCode code, std::string what, const StatusResponse& response) {
  Error error = make_error(code, std::move(what), text_with_code(response));
  if (const auto backoff = stated_backoff(response.text); backoff.count() > 0) error.retry_after = backoff;
  return error;
}

}  // namespace

std::string text_with_code(const StatusResponse& response) {
  std::string text;
  if (!response.code.name.empty()) {
    text = "[" + response.code.name + (response.code.arguments.empty() ? "" : " ") + response.code.arguments + "]";
  }
  if (!text.empty() && !response.text.empty()) text += ' ';
  return text + response.text;
}

Error error_of(std::string_view command, const StatusResponse& response) {
  const ErrorCode code = code_of_response(command, response);
  return error_saying(code, explanation(command, response.status, code), response);
}

Error error_of_bye(const StatusResponse& response) {
  const ErrorCode code = code_of_response("BYE", response);
  if (code.kind == ErrorKind::unavailable && response.code.name != "SERVERBUG") {
    return error_saying(code, "the server closed the session and asks to come back later", response);
  }
  if (code.kind == ErrorKind::too_big) return error_saying(code, explanation("the message", Status::no, code), response);
  return error_saying(codes::session_ended, "the server closed the session", response);
}

std::chrono::milliseconds stated_backoff(std::string_view text) {
  const std::string lower = to_lower(text);
  if (is_locked_out(text)) return std::chrono::hours(24);
  constexpr std::string_view words = "suggested backoff time:";
  const std::size_t begin = lower.find(words);
  if (begin == std::string::npos) return {};
  std::string_view rest = std::string_view(lower).substr(begin + words.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const auto count = parse_number<std::uint32_t>(rest.substr(0, digits));
  if (!count) return {};
  rest.remove_prefix(digits);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.starts_with("second")) return std::chrono::seconds(*count);
  return std::chrono::milliseconds(*count);
}

}  // namespace godwit::imap
