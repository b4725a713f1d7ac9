// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of bytes into lines for the protocol trace; of a long line only its beginning and its end are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::imap {

struct TraceLine {
  std::string head;            // without CRLF or LF; 4,096 bytes at most
  std::string tail;            // its last bytes, enough to see whether it announces a literal
  std::uint64_t size = 0;      // of the whole line
  [[nodiscard]] bool is_whole() const { return size == head.size(); }
};

class TraceLineCutter {
 public:
  static constexpr std::size_t longest_head = 4096, longest_tail = 64;

  // The next line, taken off the front of `input`; nothing when it was used up without a line's end.
  [[nodiscard]] std::optional<TraceLine> next(std::string_view& input);
  // What has come of a line that is not over; the cutter begins anew.
  [[nodiscard]] std::optional<TraceLine> rest();

 private:
  void take(std::string_view bytes);
  TraceLine line_;
};

}  // namespace godwit::imap
