// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace godwit {

// "35651584", "25MB" (millions of bytes), "25MiB", "25 MiB"; units in any case, up to GB and GiB. Errors of kind usage say what
// to write.
[[nodiscard]] Result<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace godwit
