// SPDX-License-Identifier: Apache-2.0
// What a tagged NO or BAD means: response codes of RFC 9051 §7.1, RFC 5530, RFC 9208, RFC 4469, and the texts of servers
// that send none.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "imap/types.h"

namespace godwit::imap {

// `command` for the text: "APPEND". The server's text is kept in server_text with its code in front.
// auth: AUTHENTICATIONFAILED, AUTHORIZATIONFAILED, EXPIRED, PRIVACYREQUIRED, CONTACTADMIN, and any NO to LOGIN or
// AUTHENTICATE that does not say otherwise (imap/login_refusal.h); unavailable: UNAVAILABLE, INUSE, SERVERBUG, LIMIT, THROTTLED, EXPUNGEISSUED,
// "Request is throttled", "Too many simultaneous connections"; quota: OVERQUOTA and quota texts; too_big: TOOBIG, "maximum size";
// not_found: NONEXISTENT, TRYCREATE; exists: ALREADYEXISTS; else not_understood for BAD and refused for NO. Where the text states a
// time to wait, it is in retry_after.
[[nodiscard]] Error error_of(std::string_view command, const StatusResponse& response);

// BYE, or a greeting that is none: unavailable with [UNAVAILABLE] or a text as above, too_big with [TOOBIG], else network;
// retry_after as above.
[[nodiscard]] Error error_of_bye(const StatusResponse& response);

// "[CODE arguments] text", as it was sent.
[[nodiscard]] std::string text_with_code(const StatusResponse& response);

// "Suggested Backoff Time: 299961 milliseconds" (Exchange, Microsoft 365); zero when nothing is said.
[[nodiscard]] std::chrono::milliseconds stated_backoff(std::string_view text);

}  // namespace godwit::imap
