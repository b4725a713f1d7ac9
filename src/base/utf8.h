// SPDX-License-Identifier: Apache-2.0
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace godwit {

// Length in bytes of the well-formed sequence at the start of `bytes` (not empty), and its code point; 0 when it is none.
[[nodiscard]] std::size_t decode_utf8(std::string_view bytes, char32_t& code_point);

[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace godwit
