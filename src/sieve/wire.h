// SPDX-License-Identifier: Apache-2.0
// The grammar of ManageSieve without I/O (RFC 5804 sections 1.2 to 1.8, 4), and how servers stray from it: names of capabilities without
// quotes, texts without quotes, with unescaped quotes or over several lines, lines that end in LF alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sieve/types.h"

namespace godwit::sieve {

struct WireLimits {
  std::size_t line = std::size_t{64} << 10;     // bytes of a line without its literals
  std::size_t literal = std::size_t{16} << 20;  // of all literals of a line together
};

class LineDecoder {
 public:
  explicit LineDecoder(WireLimits limits = {}) : limits_(limits) {}
  // Takes bytes from the front, at most to the end of one line: that line, or nothing while it is not whole. Empty lines are passed over.
  // Errors response_malformed and response_too_large: nothing can be read behind them.
  [[nodiscard]] Result<std::optional<Line>> next(std::string_view& bytes);

 private:
  enum class State : std::uint8_t { between, atom, quoted, escaped, after_quote, words_of_people, size, behind_size, literal, ending };
  [[nodiscard]] Result<bool> take(char c);  // true: the line is whole
  [[nodiscard]] Result<bool> begin_token(char c);
  [[nodiscard]] Result<bool> take_of_atom(char c);
  [[nodiscard]] Result<bool> take_of_quoted(char c);
  [[nodiscard]] Result<bool> take_behind_quote(char c);
  [[nodiscard]] Result<bool> take_of_size(char c);
  void take_literal(std::string_view& bytes);
  [[nodiscard]] bool is_text_next() const { return is_status() && depth_ == 0; }
  [[nodiscard]] bool is_status() const { return line_.kind != Line::Kind::data; }
  void end_token(bool is_atom);
  void reset();

  const WireLimits limits_;
  State state_ = State::between;
  Line line_;
  std::string token_, blanks_;
  std::size_t depth_ = 0;         // of parentheses
  std::size_t line_size_ = 0, literals_size_ = 0;
  std::uint64_t literal_left_ = 0;
  bool has_token_ = false, has_digits_ = false, is_size_over_ = false;
};

// A capability's line. Error response_malformed.
[[nodiscard]] Result<Capability> parse_capability(const Line& line);
[[nodiscard]] Result<ListedScript> parse_listed_script(const Line& line);

// As a quoted string, or a literal where it is long or holds what a quoted string cannot say.
void append_string(std::string& command, std::string_view text);
void append_literal(std::string& command, std::string_view bytes);  // {n+}: never waited for

}  // namespace godwit::sieve
