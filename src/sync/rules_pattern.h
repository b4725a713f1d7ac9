// SPDX-License-Identifier: Apache-2.0
// Folder names with wildcards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/types.h"

namespace godwit::sync {

// A folder as rules write it (sync/rules.h), without wildcards: "Projects/2024", "a\/b".
[[nodiscard]] Result<endpoint::FolderPath> parse_folder(std::string_view text);
[[nodiscard]] std::string write_folder(const endpoint::FolderPath& path);  // what parse_folder() reads

// "*" stands for any characters within a level, "?" for one, "**" as a level of its own for any number of levels, also none.
// So "Lists/*" is what lies directly below Lists, "Lists/**" the folder and everything below it, "**/Drafts" each folder of
// that name. Square brackets mean themselves: [Gmail].
class FolderPattern {
 public:
  [[nodiscard]] static Result<FolderPattern> parse(std::string_view text);
  [[nodiscard]] bool matches(const endpoint::FolderPath& path) const;
  friend bool operator==(const FolderPattern&, const FolderPattern&) = default;

 private:
  enum class Kind : std::uint8_t { literal, any_one, any_many };
  struct Sign {
    Kind kind = Kind::literal;
    char byte = 0;
    friend bool operator==(const Sign&, const Sign&) = default;
  };
  struct Level {
    bool any_levels = false;  // "**"
    std::vector<Sign> signs;
    friend bool operator==(const Level&, const Level&) = default;
  };
  static bool matches_level(const std::vector<Sign>& signs, std::string_view name);
  static Result<Level> parse_level(std::string_view text);
  std::vector<Level> levels_;
};

}  // namespace godwit::sync
