// SPDX-License-Identifier: Apache-2.0
// What one side's folder looked like at a moment.
#pragma once

#include <cstdint>

namespace godwit {

// Zero: not told. Two equal tokens with a highest_modseq mean that nothing happened between them (RFC 7162); without one,
// that no message came or went.
struct FolderToken {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;
  std::uint32_t messages = 0;
  std::uint64_t highest_modseq = 0;
  friend bool operator==(const FolderToken&, const FolderToken&) = default;
};

}  // namespace godwit
