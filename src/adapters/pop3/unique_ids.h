// SPDX-License-Identifier: Apache-2.0
// The UIDLs of an account that is copied in another way. LIST, UIDL and TOP alone are asked for: nothing is read, removed or marked.
#pragma once

#include <memory>

#include "adapters/pop3/account.h"

namespace godwit::adapters {

// `inner` with the names that the POP3 server of `settings` gives the messages of the same account.
[[nodiscard]] std::unique_ptr<endpoint::Source> with_unique_ids(std::unique_ptr<endpoint::Source> inner, Pop3Settings settings);

}  // namespace godwit::adapters
