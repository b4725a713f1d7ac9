// SPDX-License-Identifier: Apache-2.0
// SASL PLAIN (RFC 4616): one message from the client, no challenge.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::sasl {

// authzid NUL authcid NUL password, not yet in base64. `authorization` is empty unless one logs in for somebody else. A NUL
// in any part, or an empty name or password, cannot be said in PLAIN: ErrorKind::usage.
[[nodiscard]] Result<Secret> plain(std::string_view authorization, std::string_view authentication,
                                   const Secret& password);

}  // namespace godwit::sasl
