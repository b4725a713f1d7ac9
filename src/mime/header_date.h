// SPDX-License-Identifier: Apache-2.0
// Dates in the header of a message (RFC 5322 §3.3, §4.3), for systems that do not tell when a message arrived.
#pragma once

#include <optional>
#include <string_view>

#include "base/internal_date.h"

namespace godwit::mime {

// "Mon, 05 Jan 1998 10:00:00 -0500 (EST)", with obsolete zones and years of two digits, and ctime's "Mon Jan  5 10:00:00 1998".
[[nodiscard]] std::optional<InternalDate> parse_header_date(std::string_view text);

// The date of the topmost Received, else that of Date. `header`: from the first line on; what follows the empty line is not looked at.
[[nodiscard]] std::optional<InternalDate> arrival_date(std::string_view header);

}  // namespace godwit::mime
