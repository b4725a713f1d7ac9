// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/digest_number.h"

namespace godwit::adapters {

// What is kept of a server's name for a message; never 0, unless there is none.
[[nodiscard]] inline std::uint64_t number_of(const std::string& object_id) {
  if (object_id.empty()) return 0;
  return godwit::number_of(sha256(object_id)) | std::uint64_t{1} << 56U;
}

}  // namespace godwit::adapters
