// SPDX-License-Identifier: Apache-2.0
// Which of a message's flags mean something on another server.
#pragma once

#include "base/message_flags.h"

namespace godwit::adapters {

// Without what no other server takes: names with a backslash that RFC 9051 §2.3.2 does not have (\Indexed, \X-HAS-ATTACH), and
// keywords that cannot be written as an atom. Those with a keyword of the same meaning become that: \Forwarded is $Forwarded.
[[nodiscard]] MessageFlags portable(MessageFlags flags);

}  // namespace godwit::adapters
