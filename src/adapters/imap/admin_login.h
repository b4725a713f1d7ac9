// SPDX-License-Identifier: Apache-2.0
// Commands by which an administrator opens another one's mailbox, on servers that have no SASL for that.
#pragma once

#include <string_view>

#include "adapters/imap/account.h"
#include "imap/client.h"

namespace godwit::adapters {

inline constexpr std::string_view proxyauth = "PROXYAUTH";        // Netscape, iPlanet, Sun, Oracle
inline constexpr std::string_view x_masterauth = "X-MASTERAUTH";  // Kerio

// X-MASTERAUTH, which is a login of its own.
[[nodiscard]] Task<Result<>> log_in_as_master(imap::Client& client, const ImapSettings& settings);

// After the administrator's own login. Does nothing where the settings name no such command.
[[nodiscard]] Task<Result<>> open_for_another(imap::Client& client, const ImapSettings& settings);

}  // namespace godwit::adapters
