// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace godwit::adapters {

// A name that no other message gets: "1700000000.M20046P2137Q1.host" (cr.yp.to/proto/maildir.html).
[[nodiscard]] std::string fresh_maildir_base();

}  // namespace godwit::adapters
