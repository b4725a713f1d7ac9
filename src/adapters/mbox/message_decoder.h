// SPDX-License-Identifier: Apache-2.0
// The message that lines of an mbox stand for: without bookkeeping, quoting undone, lines ending in CRLF.
#pragma once

#include <string>
#include <string_view>

#include "adapters/mbox/bookkeeping.h"
#include "adapters/mbox/mbox_file.h"

namespace godwit::adapters {

class MessageDecoder {
 public:
  enum class Part { header, header_ends, mark, body };  // header_ends: with this line; mark: it was the mark's line
  // `needs_date`: the From_ line had none.
  explicit MessageDecoder(bool is_quoted, bool needs_date = false) : is_quoted_(is_quoted), needs_date_(needs_date) {}
  // Takes the next piece in order, and appends what it stands for to `out`.
  Part take(const LinePiece& piece, std::string& out);
  // At the end of the file's lines; `is_exact`: its end is known, and no line feed is missing there.
  void finish(bool is_exact, std::string& out);
  // To be asked behind the header.
  [[nodiscard]] const Bookkeeping& bookkeeping() const { return bookkeeping_; }
  [[nodiscard]] bool is_in_body() const { return is_in_body_; }

 private:
  enum class Field { none, shown, hidden, mark };
  void begin_header_line(std::string_view& text);
  Part take_header(const LinePiece& piece, std::string& out);
  void end_field();
  void show(std::string_view text, const LinePiece& piece, std::string& out);

  [[nodiscard]] bool is_looked_at(std::string_view name) const;

  bool is_quoted_, needs_date_;
  bool is_in_body_ = false;
  bool is_line_open_ = false;  // the last piece had no line end
  Field field_ = Field::none;
  std::string name_, value_;
  Bookkeeping bookkeeping_;
};

// ">From ", ">>From " and so on.
[[nodiscard]] bool is_quoted_from(std::string_view line);
// RFC 5322 §2.2: printable ASCII before the colon. Empty: the line is no field.
[[nodiscard]] std::string_view field_name(std::string_view line);
// Behind a header's fields, as the file has them: an empty line, or one that can stand in no header.
[[nodiscard]] bool ends_header(std::string_view line);

}  // namespace godwit::adapters
