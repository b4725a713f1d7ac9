// SPDX-License-Identifier: Apache-2.0
#include "mime/difference.h"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::mime {

std::string describe_difference(std::string_view original, std::string_view stored) {
  if (original == stored) return {};
  const auto [left, right] = std::ranges::mismatch(original, stored);
  const auto offset = left - original.begin();
  if (original.size() != stored.size()) {
    const bool is_shorter = stored.size() < original.size();
    return fmt::format("{} bytes {}, differs from offset {} on",
                       is_shorter ? original.size() - stored.size() : stored.size() - original.size(),
                       is_shorter ? "shorter" : "longer", offset);
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < original.size(); ++i) count += original[i] != stored[i] ? 1U : 0U;
  return fmt::format("{} byte{} differ{}, the first at offset {}: 0x{:02x} became 0x{:02x}", count, count == 1 ? "" : "s",
                     count == 1 ? "s" : "", offset, static_cast<unsigned char>(*left), static_cast<unsigned char>(*right));
}

}  // namespace godwit::mime
