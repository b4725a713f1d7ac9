// SPDX-License-Identifier: Apache-2.0
// Walks over one response: text with literals in between. The primitives of RFC 9051 §9 that several responses share.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::imap {

// Takes a quoted string (with its opening quote at the front) off `text`, and its value without escapes. Nothing, and `text`
// unchanged, when it does not end.
[[nodiscard]] std::optional<std::string> take_quoted(std::string_view& text);

// Takes off what goes up to a blank, a parenthesis or a quote.
[[nodiscard]] std::string_view take_atom(std::string_view& text);

// Takes the flags of a list whose '(' is taken already, and the closing ')'. Nothing when it does not end.
[[nodiscard]] std::optional<std::vector<std::string>> take_flags(std::string_view& text);

// A literal and the text that follows it.
struct LiteralAndText {
  std::string literal;
  std::string text;
};

class Cursor {
 public:
  explicit Cursor(std::string_view text, std::span<const LiteralAndText> more = {}) : text_(text), more_(more) {}

  void skip_spaces();
  [[nodiscard]] bool at_end();                 // behind blanks
  [[nodiscard]] bool eat(char c);              // behind blanks
  [[nodiscard]] bool next_is(char c);          // behind blanks
  [[nodiscard]] std::string_view atom();       // behind blanks; may be empty
  [[nodiscard]] std::optional<std::string> string();   // quoted or literal
  [[nodiscard]] std::optional<std::string> astring();  // or an atom, which may be NIL
  [[nodiscard]] bool skip_value();             // anything, parentheses nested
  [[nodiscard]] std::string_view rest() const { return text_; }  // up to the next literal
  void advance(std::size_t size) { text_.remove_prefix(size); }

 private:
  [[nodiscard]] bool at_literal() const { return text_.empty() && !more_.empty(); }

  std::string_view text_;
  std::span<const LiteralAndText> more_;
};

}  // namespace godwit::imap
