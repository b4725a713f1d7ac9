// SPDX-License-Identifier: Apache-2.0
// Texts in other charsets than UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

// Bytes that are none of the charset become U+FFFD; of a charset that is not known, all that are not ASCII.
[[nodiscard]] std::string to_utf8(std::string_view bytes, const std::string& charset);

void append_utf8(std::string& text, char32_t code_point);

[[nodiscard]] bool is_charset(const std::string& name);  // that is known

}  // namespace godwit
