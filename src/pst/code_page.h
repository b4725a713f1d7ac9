// SPDX-License-Identifier: Apache-2.0
// Windows code pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::pst {

// As MIME and iconv call it: 1252 is "windows-1252", 28591 "iso-8859-1", 65001 "utf-8".
[[nodiscard]] std::string charset_of(std::uint32_t code_page);

// Bytes that are none of the charset become U+FFFD; of a charset that is not known, all that are not ASCII.
[[nodiscard]] std::string to_utf8(std::string_view bytes, const std::string& charset);

void append_utf8(std::string& text, char32_t code_point);

}  // namespace godwit::pst
