// SPDX-License-Identifier: Apache-2.0
#include "imap/cursor.h"

#include "imap/quirks.h"

namespace godwit::imap {

std::optional<std::string> take_quoted(std::string_view& text) {
  const std::size_t plain_end = text.find_first_of("\"\\", 1);
  if (plain_end == std::string_view::npos) return std::nullopt;
  if (text[plain_end] == '"') {
    std::string value(text.substr(1, plain_end - 1));
    text.remove_prefix(plain_end + 1);
    return value;
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

std::string_view take_atom(std::string_view& text) {
  const std::string_view atom = text.substr(0, text.find_first_of(" ()\""));
  text.remove_prefix(atom.size());
  return atom;
}

std::optional<std::vector<std::string>> take_flags(std::string_view& text) {
  std::vector<std::string> flags;
  while (true) {
    text = quirks::without_leading_spaces(text);
    if (text.empty()) return std::nullopt;
    if (text.front() == ')') {
      text.remove_prefix(1);
      return flags;
    }
    if (text.front() == '"') {
      auto flag = take_quoted(text);
      if (!flag) return std::nullopt;
      if (!flag->empty()) flags.push_back(std::move(*flag));
      continue;
    }
    std::size_t end = 0;
    for (int depth = 0; end < text.size() && quirks::may_continue_flag(text[end], depth); ++end) {
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    }
    flags.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

void Cursor::skip_spaces() { text_ = quirks::without_leading_spaces(text_); }

bool Cursor::at_end() {
  skip_spaces();
  return text_.empty() && more_.empty();
}

bool Cursor::next_is(char c) {
  skip_spaces();
  return text_.starts_with(c);
}

bool Cursor::eat(char c) {
  if (!next_is(c)) return false;
  text_.remove_prefix(1);
  return true;
}

std::string_view Cursor::atom() {
  skip_spaces();
  return take_atom(text_);
}

std::optional<std::string> Cursor::string() {
  skip_spaces();
  if (at_literal()) {
    std::string value = more_.front().literal;
    text_ = more_.front().text;
    more_ = more_.subspan(1);
    return value;
  }
  if (!text_.starts_with('"')) return std::nullopt;
  return take_quoted(text_);
}

std::optional<std::string> Cursor::astring() {
  skip_spaces();
  if (at_literal() || text_.starts_with('"')) return string();
  const std::string_view value = take_atom(text_);
  if (value.empty()) return std::nullopt;
  return std::string(value);
}

bool Cursor::skip_value() {
  std::size_t depth = 0;
  do {
    if (at_end()) return false;
    if (eat('(')) {
      ++depth;
    } else if (next_is(')')) {
      if (depth == 0) return false;
      --depth;
      text_.remove_prefix(1);
    } else if (!astring()) {
      return false;
    }
  } while (depth > 0);
  return true;
}

}  // namespace godwit::imap
