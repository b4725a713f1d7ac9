// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/pop3/account.h"
#include "pop3/client.h"

namespace godwit::adapters {

// Connects, secures the line, logs in, and asks for the capabilities that hold after it. Errors: network, timeout, tls, auth,
// unavailable (the maildrop is in use, with retry_after where the server tells how long it wants no login); each with what an operator
// can do.
[[nodiscard]] Task<Result<std::unique_ptr<pop3::Client>>> log_in(const Pop3Settings& settings);

}  // namespace godwit::adapters
