// SPDX-License-Identifier: Apache-2.0
// The order of a manifest's lines: header, items numbered without a gap, end, and counts that agree. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "report/manifest_line.h"

namespace godwit::report {

// Errors name the line by its number in `where`. After one, or after the end, no further line may be given.
class ManifestSequence {
 public:
  [[nodiscard]] Result<ManifestHeader> begin(std::string_view line);
  // The item of the next line; nothing when it was the end.
  [[nodiscard]] Result<std::optional<ManifestItem>> next(std::string_view line);
  [[nodiscard]] std::uint64_t lines() const { return lines_; }  // given so far

 private:
  [[nodiscard]] Result<std::optional<ManifestItem>> take(ManifestLine line);

  ManifestCounts promised_, counted_;
  std::uint64_t lines_ = 0;
};

}  // namespace godwit::report
