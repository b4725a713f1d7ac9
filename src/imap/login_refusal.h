// SPDX-License-Identifier: Apache-2.0
// Why a server refuses a login, by the texts of servers whose response codes say less, and what is to be done.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error_code.h"
#include "imap/types.h"

namespace godwit::imap {

// LOGIN, AUTHENTICATE, and the commands of administrators that open a mailbox: PROXYAUTH, X-MASTERAUTH, X-SETUSER.
[[nodiscard]] bool is_login(std::string_view command);

// Of a NO to such a command. `by_code`: what the response code says, nothing where it has none that is known. A code that says why is
// believed (EXPIRED, PRIVACYREQUIRED, INUSE …); AUTHENTICATIONFAILED, AUTHORIZATIONFAILED, CONTACTADMIN, UNAVAILABLE and LIMIT are also
// sent with texts that say more.
[[nodiscard]] ErrorCode code_of_login_refusal(std::string_view command, const StatusResponse& response, std::optional<ErrorCode> by_code);

// What failed, and what to do; for codes of kind auth.
[[nodiscard]] std::string login_explanation(ErrorCode code);

}  // namespace godwit::imap
