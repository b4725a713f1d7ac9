// SPDX-License-Identifier: Apache-2.0
#include "imap/refusal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"

namespace godwit::imap {
namespace {

struct KindOfCode {
  std::string_view code;
  ErrorKind kind;
};

// RFC 9051 §7.1, RFC 5530 §3, RFC 9208 §5.4, RFC 4469 §5; THROTTLED is Gmail's and Exchange's.
constexpr std::array codes{
    KindOfCode{"AUTHENTICATIONFAILED", ErrorKind::auth}, KindOfCode{"AUTHORIZATIONFAILED", ErrorKind::auth},
    KindOfCode{"EXPIRED", ErrorKind::auth},              KindOfCode{"PRIVACYREQUIRED", ErrorKind::auth},
    KindOfCode{"CONTACTADMIN", ErrorKind::auth},         KindOfCode{"UNAVAILABLE", ErrorKind::unavailable},
    KindOfCode{"INUSE", ErrorKind::unavailable},         KindOfCode{"SERVERBUG", ErrorKind::unavailable},
    KindOfCode{"LIMIT", ErrorKind::unavailable},         KindOfCode{"THROTTLED", ErrorKind::unavailable},
    KindOfCode{"EXPUNGEISSUED", ErrorKind::unavailable}, KindOfCode{"OVERQUOTA", ErrorKind::quota},
    KindOfCode{"TOOBIG", ErrorKind::too_big},            KindOfCode{"NONEXISTENT", ErrorKind::not_found},
    KindOfCode{"TRYCREATE", ErrorKind::not_found},       KindOfCode{"ALREADYEXISTS", ErrorKind::exists},
};

// Texts of servers that send no code, or one that says less; lower case. The first that is found counts.
constexpr std::array texts{
    KindOfCode{"request is throttled", ErrorKind::unavailable},              // Exchange, Microsoft 365
    KindOfCode{"suggested backoff time", ErrorKind::unavailable},            // Exchange, Microsoft 365
    KindOfCode{"too many simultaneous connections", ErrorKind::unavailable},  // Gmail
    KindOfCode{"too many connections", ErrorKind::unavailable},              // Courier, Dovecot
    KindOfCode{"maximum number of connections", ErrorKind::unavailable},     // Dovecot
    KindOfCode{"rate limit hit", ErrorKind::unavailable},                    // Yahoo
    KindOfCode{"bandwidth limits", ErrorKind::unavailable},                  // Gmail
    KindOfCode{"exceeded your mail quota", ErrorKind::quota},                // Courier
    KindOfCode{"quota has been exceeded", ErrorKind::quota},                 // hMailServer
    KindOfCode{"quota exceeded", ErrorKind::quota},                          // Dovecot
    KindOfCode{"over quota", ErrorKind::quota},                              // Cyrus
    KindOfCode{"out of storage", ErrorKind::quota},
    KindOfCode{"server unavailable. 15", ErrorKind::quota},                  // Exchange says so when the mailbox is full
    KindOfCode{"maximum size", ErrorKind::too_big},                          // Zimbra
    KindOfCode{"message too large", ErrorKind::too_big},
    KindOfCode{"message exceeds fixed maximum", ErrorKind::too_big},
    KindOfCode{"authenticated but not connected", ErrorKind::auth},          // Exchange: LOGIN took a wrong password
};

std::optional<ErrorKind> kind_of_text(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const KindOfCode& known : texts) {
    if (lower.find(known.code) != std::string::npos) return known.kind;
  }
  return std::nullopt;
}

std::optional<ErrorKind> kind_of_code(std::string_view code) {
  const auto known = std::ranges::find(codes, code, &KindOfCode::code);
  if (known == codes.end()) return std::nullopt;
  return known->kind;
}

bool is_login(std::string_view command) {
  return equals_ignoring_case(command, "LOGIN") || equals_ignoring_case(command, "AUTHENTICATE");
}

// LIMIT says which limit only in words: [LIMIT] to a message that is too large is about the message, not about the time.
ErrorKind kind_of(std::string_view command, const StatusResponse& response) {
  const auto by_code = kind_of_code(response.code.name);
  const auto by_text = kind_of_text(response.text);
  if (by_code && response.code.name != "LIMIT") return *by_code;
  if (by_text) return *by_text;
  if (by_code) return *by_code;
  if (is_login(command) && response.status == Status::no) return ErrorKind::auth;
  return response.status == Status::bad ? ErrorKind::not_understood : ErrorKind::refused;
}

std::string explanation(std::string_view command, Status status, ErrorKind kind) {
  const std::string subject = std::string(command) + (status == Status::bad ? " was answered by BAD" : " was refused");
  switch (kind) {
    case ErrorKind::auth: return "the login was refused; check the name and the password";
    case ErrorKind::unavailable: return subject + "; the server asks to come back later";
    case ErrorKind::quota: return subject + "; the mailbox is full";
    case ErrorKind::too_big: return subject + "; the message is larger than this server takes";
    case ErrorKind::not_found: return subject + "; there is no such folder";
    case ErrorKind::exists: return subject + "; it exists already";
    default: return subject;
  }
}

Error error_saying(ErrorKind kind, std::string what, const StatusResponse& response) {
  const auto backoff = stated_backoff(response.text);
  return Error{kind, std::move(what), text_with_code(response), {}, backoff.count() > 0 ? std::optional(backoff) : std::nullopt};
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
  const ErrorKind kind = kind_of(command, response);
  return error_saying(kind, explanation(command, response.status, kind), response);
}

Error error_of_bye(const StatusResponse& response) {
  const ErrorKind kind = kind_of("BYE", response);
  if (kind == ErrorKind::unavailable && response.code.name != "SERVERBUG") {
    return error_saying(kind, "the server closed the session and asks to come back later", response);
  }
  if (kind == ErrorKind::too_big) return error_saying(kind, explanation("the message", Status::no, kind), response);
  return error_saying(ErrorKind::network, "the server closed the session", response);
}

std::chrono::milliseconds stated_backoff(std::string_view text) {
  const std::string lower = to_lower(text);
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
