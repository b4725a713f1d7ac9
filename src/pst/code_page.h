// SPDX-License-Identifier: Apache-2.0
// Windows code pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/charset.h"

namespace godwit::pst {

// As MIME and iconv call it: 1252 is "windows-1252", 28591 "iso-8859-1", 65001 "utf-8".
[[nodiscard]] std::string charset_of(std::uint32_t code_page);

}  // namespace godwit::pst
