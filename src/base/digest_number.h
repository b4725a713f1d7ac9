// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/sha256.h"

namespace godwit {

// The first 56 bits: SQLite's integers have a sign.
[[nodiscard]] inline std::uint64_t number_of(const Digest& digest) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 7; ++i) number = number << 8U | digest.bytes[i];
  return number;
}

}  // namespace godwit
