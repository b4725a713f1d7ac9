// SPDX-License-Identifier: Apache-2.0
// What NO and BYE mean: response codes of RFC 5804 section 1.3, and the texts of servers that send none.
#pragma once

#include <string_view>

#include "base/error.h"
#include "sieve/types.h"

namespace godwit::sieve {

// `command` for the text: "PUTSCRIPT". The server's words are in server_text.
// quota, too_big (QUOTA/MAXSIZE), not_found, exists; auth: any NO to AUTHENTICATE without a code or text that says otherwise, and
// REFERRAL (login_elsewhere); unavailable: TRYLATER; not_understood: the server does not know the command; filter_refused: the script is
// at fault; else refused. Of BYE: unavailable, login_elsewhere, or closed_by_server.
[[nodiscard]] Error error_of(std::string_view command, const Line& status);

}  // namespace godwit::sieve
