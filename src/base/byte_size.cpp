// SPDX-License-Identifier: Apache-2.0
#include "base/byte_size.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/text.h"

namespace godwit {

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  std::string_view unit = text.substr(digits);
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> units{{{"", 1},
                                                                             {"B", 1},
                                                                             {"kB", 1'000},
                                                                             {"MB", 1'000'000},
                                                                             {"GB", 1'000'000'000},
                                                                             {"KiB", 1U << 10},
                                                                             {"MiB", 1U << 20},
                                                                             {"GiB", 1U << 30}}};
  const auto hit = std::ranges::find_if(units, [&](const auto& one) { return equals_ignoring_case(one.first, unit); });
  if (!number || hit == units.end()) {
    return fail(ErrorKind::usage, "this is no size; write 26214400, 25MB (millions of bytes) or 25MiB");
  }
  if (*number > std::numeric_limits<std::uint64_t>::max() / hit->second) {
    return fail(ErrorKind::usage, "this size is too large");
  }
  return *number * hit->second;
}

}  // namespace godwit
