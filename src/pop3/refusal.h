// SPDX-License-Identifier: Apache-2.0
// What -ERR means: response codes of RFC 2449 §8 and RFC 3206, and the texts of servers that send none.
#pragma once

#include <string_view>

#include "base/error.h"
#include "pop3/types.h"

namespace godwit::pop3 {

// `command` for the text: "RETR". The server's words are in server_text.
// unavailable: IN-USE (mailbox_in_use), LOGIN-DELAY (throttled), SYS/TEMP, and texts of locks and busy servers; auth: AUTH, and any
// -ERR to PASS, APOP or AUTH without a code or text that says otherwise, SYS/PERM there (login_needs_administrator); not_found: there is
// no such message; not_understood: the server does not know the command; else refused.
[[nodiscard]] Error error_of(std::string_view command, const Status& status);

}  // namespace godwit::pop3
