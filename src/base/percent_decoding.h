// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit {

enum class Plus { itself, blank };  // what "+" stands for: a blank in forms and queries

// "%41" for "A" (RFC 3986 section 2.1). Nothing where a % is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, Plus plus);

}  // namespace godwit
