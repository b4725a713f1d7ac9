// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::files {

// The names on the way to an entry of an archive, outermost first; none for the top itself.
using EntryPath = std::vector<std::string>;

constexpr std::size_t deepest_entry = 64;   // names on the way
constexpr std::size_t longest_name = 255;   // bytes that a file system takes

// Of "Work/2024/one.eml". A name that is longer than a file system takes is cut, with a digest of all of it behind, and keeps its ending.
// Nothing: it would lead out of its place, or too deep.
[[nodiscard]] std::optional<EntryPath> parse_entry_path(std::string_view text);

}  // namespace godwit::files
