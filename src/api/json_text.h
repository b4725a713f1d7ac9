// SPDX-License-Identifier: Apache-2.0
// JSON (RFC 8259) as it goes over the wire.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::api {

// Arrays and objects inside one another; what is deeper is refused, because to read it back takes a stack frame a level.
inline constexpr std::size_t json_depth_limit = 64;

// One JSON value, the whole of `text`. Error: usage, with line and column.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

// One line without a line feed at its end; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string to_text(const nlohmann::json& value);

}  // namespace godwit::api
