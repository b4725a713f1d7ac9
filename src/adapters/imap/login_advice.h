// SPDX-License-Identifier: Apache-2.0
// What the place and the way of a login add to a refusal that says little.
#pragma once

#include <string>

#include "adapters/imap/account.h"
#include "imap/client.h"

namespace godwit::adapters {

// Microsoft 365 says no more than "LOGIN failed." to every password (Exchange Online has taken none since 2022).
[[nodiscard]] Error advised(Error error, const ImapSettings& settings);

// "it offers PLAIN and LOGIN".
[[nodiscard]] std::string what_is_offered(const imap::Client& client);

}  // namespace godwit::adapters
