// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/sha256.h"

namespace godwit::adapters {

// What is kept of a server's name for a message; never 0, unless there is none.
[[nodiscard]] inline std::uint64_t number_of(const std::string& object_id) {
  if (object_id.empty()) return 0;
  const Digest digest = sha256(object_id);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 7; ++i) number = number << 8U | digest.bytes[i];  // 56 bits: SQLite's integers have a sign
  return number | std::uint64_t{1} << 56U;
}

}  // namespace godwit::adapters
