// SPDX-License-Identifier: Apache-2.0
// What ties a login to the connection that it is made on.
#pragma once

#include "imap/client.h"
#include "sasl/registry.h"

namespace godwit::adapters {

[[nodiscard]] sasl::Channel channel_of(const imap::Client& client);

// Whether a mechanism called -PLUS can be used. `by_order`: also where the server is known to bind in no documented way.
[[nodiscard]] bool can_bind(const imap::Client& client, bool by_order);

}  // namespace godwit::adapters
