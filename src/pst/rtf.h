// SPDX-License-Identifier: Apache-2.0
// Outlook wraps HTML and plain text in RTF ([MS-OXRTFEX]); this takes them out again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit::pst {

struct Unwrapped {
  bool is_html = false;
  std::string text;  // UTF-8
};

// Nothing: it is RTF of its own, or damaged. Never more than eight times its size and 1 KiB.
[[nodiscard]] std::optional<Unwrapped> unwrap_rtf(std::string_view rtf);

// The text alone of any RTF, in UTF-8. Nothing: it is none, or damaged.
[[nodiscard]] std::optional<std::string> text_of_rtf(std::string_view rtf);

}  // namespace godwit::pst
