// SPDX-License-Identifier: Apache-2.0
// Finds where components begin and end in a file that is too large for memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "groupware/item_file.h"

namespace godwit::groupware {

// One line or component of a file, as it was found.
struct Scanned {
  enum class Kind : std::uint8_t {
    calendar_begins,
    calendar_ends,
    calendar_line,  // between components
    component,      // whole: VEVENT, VTIMEZONE, VCARD …
    fault,          // bytes that are none of these, or a component that does not end: `fault` says why
  };
  Kind kind = Kind::fault;
  std::string name;         // of a component
  FilePiece piece;
  std::size_t line = 0;     // 1 is the first
  std::string_view bytes;   // valid during the call
  std::string fault;
};

// Calls `found` in the order of the file. Errors: of `read_at` and of `found`.
[[nodiscard]] Result<> scan_components(CollectionKind kind, const ReadAt& read_at, const std::function<Result<>(const Scanned&)>& found);

}  // namespace godwit::groupware
