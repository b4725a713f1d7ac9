// SPDX-License-Identifier: Apache-2.0
// Writes commands (RFC 9051 §6): arguments quoted or as literals, refused when they hold CR, LF or NUL. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/error_code.h"
#include "imap/types.h"

namespace godwit::imap {

inline constexpr std::size_t command_line_limit = 8000;  // RFC 2683 §3.2.1.5

// How a literal of `size` bytes may be sent (RFC 7888).
[[nodiscard]] bool literal_needs_no_wait(const Capabilities& capabilities, std::uint64_t size);
// "{n}" or "{n+}", and the line end.
[[nodiscard]] std::string literal_announcement(const Capabilities& capabilities, std::uint64_t size);

class CommandWriter {
 public:
  CommandWriter(std::string_view tag, std::string_view name, const Capabilities& capabilities);

  CommandWriter& word(std::string_view text);            // " text", as it is: keywords, numbers, sets
  CommandWriter& string(std::string_view text);          // quoted; 8-bit text as a literal
  CommandWriter& literal(std::string_view bytes);        // whatever they are; with NUL as literal8 (RFC 3516 §4.2)
  CommandWriter& mailbox(std::string_view name);         // see mailbox_to_wire()
  CommandWriter& begin_list();
  CommandWriter& end_list();
  CommandWriter& flags(const MessageFlags& flags);       // "(\Seen a)"

  // The command in pieces: each but the last ends in a literal's announcement, and the next goes out only after '+'.
  // Error of kind refused when an argument cannot be sent; nothing may be written then.
  [[nodiscard]] Result<std::vector<std::string>> finish();
  // The same without the end of the line, for APPEND.
  [[nodiscard]] Result<std::vector<std::string>> finish_open();

 private:
  void append(std::string_view text);
  void append_blank();
  void append_literal(std::string_view bytes);
  void refuse(ErrorCode code, std::string_view what, std::string_view text);

  const Capabilities& capabilities_;
  std::vector<std::string> pieces_;
  std::optional<Error> error_;
  bool is_list_begun_ = false;  // no blank behind '('
};

// A keyword as RFC 9051 §9 has it (flag-keyword, flag-extension); others are refused by CommandWriter::flags.
[[nodiscard]] bool is_writable_flag(std::string_view flag);

// Parts of which each fits into a line; none for an empty set.
[[nodiscard]] std::vector<std::string> split_sequence_set(const UidSet& uids, std::size_t limit = command_line_limit - 200);

}  // namespace godwit::imap
