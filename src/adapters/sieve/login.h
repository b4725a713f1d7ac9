// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/sieve/account.h"
#include "sieve/client.h"

namespace godwit::adapters {

// Connects, secures the line, logs in, and asks for the capabilities that hold after it. Errors: network, timeout, tls, auth,
// unavailable; each with what an operator can do.
[[nodiscard]] Task<Result<std::unique_ptr<sieve::Client>>> log_in(const SieveSettings& settings);

}  // namespace godwit::adapters
