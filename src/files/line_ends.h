// SPDX-License-Identifier: Apache-2.0
// Messages on disk have lines that end in LF, on the wire in CRLF (RFC 5322 §2.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::files {

// Gives each LF that has no CR before it one, as servers do when they read such a file. For text that comes in pieces.
class CrlfMaker {
 public:
  void append(std::string_view piece, std::string& to);
  [[nodiscard]] std::uint64_t added(std::string_view piece);  // counts them alone

 private:
  char last_ = 0;  // of the piece before
};

}  // namespace godwit::files
