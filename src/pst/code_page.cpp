// SPDX-License-Identifier: Apache-2.0
#include "pst/code_page.h"

#include <fmt/format.h>

namespace godwit::pst {

std::string charset_of(std::uint32_t code_page) {
  if (code_page >= 28591 && code_page <= 28605) return fmt::format("iso-8859-{}", code_page - 28590);
  if (code_page >= 1250 && code_page <= 1258) return fmt::format("windows-{}", code_page);
  switch (code_page) {
    case 65001: return "utf-8";
    case 1200: return "utf-16le";
    case 20127: return "us-ascii";
    case 20866: return "koi8-r";
    case 21866: return "koi8-u";
    case 932: return "shift_jis";
    case 936: return "gbk";
    case 949: return "euc-kr";
    case 950: return "big5";
    case 50220:
    case 50221:
    case 50222: return "iso-2022-jp";
    case 51932: return "euc-jp";
    case 51949: return "euc-kr";
    case 54936: return "gb18030";
    default: return fmt::format("cp{}", code_page);
  }
}

}  // namespace godwit::pst
