// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/internal_date.h"

namespace godwit::report {

// The way back from InternalDate::to_rfc3339(): "1996-07-17T02:44:25-07:00". "Z" is read as "+00:00"; fractions of a second and
// lower case are refused.
[[nodiscard]] std::optional<InternalDate> parse_rfc3339(std::string_view text);

}  // namespace godwit::report
