// SPDX-License-Identifier: Apache-2.0
#include "base/percent_decoding.h"

#include "base/text.h"

namespace godwit {

std::optional<std::string> percent_decoded(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());  // secrets are decoded, too: a string that grows leaves them behind
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' && plus == Plus::blank ? ' ' : text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return std::nullopt;
    decoded += from_hex(digits)->front();
    i += 2;
  }
  return decoded;
}

}  // namespace godwit
