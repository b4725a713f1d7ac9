// SPDX-License-Identifier: Apache-2.0
// Which program a server is, where it does not say it by ID.
#pragma once

#include <string>
#include <string_view>

#include "imap/types.h"

namespace godwit::adapters {

struct Software {
  std::string name, version;  // empty: not known
};

// From the names that servers put into their greeting, and from capabilities that only one of them has; a guess.
[[nodiscard]] Software guess_software(std::string_view greeting, const imap::Capabilities& capabilities);

}  // namespace godwit::adapters
