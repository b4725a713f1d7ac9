// SPDX-License-Identifier: Apache-2.0
// What servers say in words, and what it means.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit {

struct KnownText {
  std::string_view words;  // a response code, or a part of a text in lower case
  ErrorCode code;
};

// Of the response code with that name.
[[nodiscard]] inline std::optional<ErrorCode> meaning_of_code(std::span<const KnownText> known, std::string_view name) {
  const auto found = std::ranges::find(known, name, &KnownText::words);
  return found == known.end() ? std::nullopt : std::optional(found->code);
}

// Of the first whose words stand in `text`, in whatever case.
[[nodiscard]] inline std::optional<ErrorCode> meaning_of_text(std::span<const KnownText> known, std::string_view text) {
  const std::string lower = to_lower(text);
  const auto found = std::ranges::find_if(known, [&](const KnownText& each) { return lower.contains(each.words); });
  return found == known.end() ? std::nullopt : std::optional(found->code);
}

}  // namespace godwit
