// SPDX-License-Identifier: Apache-2.0
// An Error on its way through the API: the client shows the very same one, and ends with the same exit status.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"

namespace godwit::api {

// {"error":{"kind","what","where","server_text","code","exit_status"}}; `code` is that of base/error_code.h. A text that is no UTF-8 stands in
// hexadecimal under its key with "_hex" at the end; an empty one is left out, but for `what` and `where`.
[[nodiscard]] nlohmann::json body_of(const Error& error);

// The way back; nothing when `body` is none. A kind that this program does not know becomes `bug`, with its name in the text.
[[nodiscard]] std::optional<Error> error_of(const nlohmann::json& body);

// RFC 9110, section 15. What a mail server has refused is 502: the caller of the API made no mistake.
[[nodiscard]] int http_status_of(ErrorKind kind);

}  // namespace godwit::api
