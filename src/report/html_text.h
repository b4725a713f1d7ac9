// SPDX-License-Identifier: Apache-2.0
// Untrusted bytes as text for people, and as text of HTML and SVG. Pure.
#pragma once

#include <string>
#include <string_view>

namespace godwit::report {

// printable() text of at most `longest` code points, the last one "…" where something was cut.
inline constexpr std::size_t longest_text = 500;
[[nodiscard]] std::string shown(std::string_view bytes, std::size_t longest = longest_text);

// The same for the content of an element and for a quoted attribute: with &, <, >, " and ' as references.
[[nodiscard]] std::string html_text(std::string_view bytes, std::size_t longest = longest_text);

// The same in an element of its own direction, for text that stands beside other text in one line.
[[nodiscard]] std::string isolated_html(std::string_view bytes, std::size_t longest = longest_text);

}  // namespace godwit::report
