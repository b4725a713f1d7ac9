// SPDX-License-Identifier: Apache-2.0
#include "report/html_text.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::report {
namespace {

// Past the first `count` code points; the size of the text when it has no more.
std::size_t end_of(std::string_view text, std::size_t count) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_code_point = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80;
    if (begins_code_point && count-- == 0) return i;
  }
  return text.size();
}

}  // namespace

std::string shown(std::string_view bytes, std::size_t longest) {
  const auto is_plain = [](char c) { return c >= ' ' && c < 0x7f; };
  if (bytes.size() <= longest && std::ranges::all_of(bytes, is_plain)) return std::string(bytes);  // most are
  constexpr std::size_t longest_code_point = 4;  // bytes; so that a huge text is not made printable to its end
  std::string text = printable(bytes.substr(0, (longest + 1) * longest_code_point));
  if (end_of(text, longest) == text.size()) return text;
  text.resize(end_of(text, longest == 0 ? 0 : longest - 1));
  return text + "…";
}

std::string html_text(std::string_view bytes, std::size_t longest) {
  std::string text = shown(bytes, longest);
  if (text.find_first_of("&<>\"'") == std::string::npos) return text;
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string isolated_html(std::string_view bytes, std::size_t longest) { return "<bdi>" + html_text(bytes, longest) + "</bdi>"; }

}  // namespace godwit::report
