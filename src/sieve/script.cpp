// SPDX-License-Identifier: Apache-2.0
#include "sieve/script.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code_filters.h"
#include "base/text.h"

namespace godwit::sieve {
namespace {

constexpr std::size_t deepest = 100;  // blocks and tests within each other; RFC 5228 section 2.10.5 asks for 15
constexpr std::uint64_t largest_number = 0x7FFF'FFFF'FFFF'FFFF;

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

enum class TokenKind : std::uint8_t { end, name, tag, number, string, symbol };
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text{};  // of a name, tag or string; a symbol itself
  std::uint64_t number = 0;
  std::size_t at = 0;  // where it begins
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  [[nodiscard]] Result<Token> next();
  [[nodiscard]] std::unexpected<Error> error(std::size_t at, std::string_view what) const;
  [[nodiscard]] std::size_t line_of(std::size_t at);

 private:
  [[nodiscard]] Result<> skip_blanks();
  [[nodiscard]] Result<Token> read_quoted();
  [[nodiscard]] Result<Token> read_number();
  [[nodiscard]] Result<Token> read_multi_line(std::size_t begin);
  [[nodiscard]] std::string_view read_name();
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  [[nodiscard]] bool is_over() const { return at_ >= text_.size(); }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_to_ = 0, counted_line_ = 1;
};

std::unexpected<Error> Lexer::error(std::size_t at, std::string_view what) const {
  const std::string_view before = text_.substr(0, at);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = 1 + std::ranges::count(before, '\n');
  return fail(codes::filter_form, fmt::format("line {}, column {}: {}", line, at - line_begin + 1, what));
}

// Of places that ascend.
std::size_t Lexer::line_of(std::size_t at) {
  counted_line_ += static_cast<std::size_t>(std::ranges::count(text_.substr(counted_to_, at - counted_to_), '\n'));
  counted_to_ = at;
  return counted_line_;
}

Result<> Lexer::skip_blanks() {
  while (!is_over()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '/' && peek(1) == '*') {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return error(at_, "a comment is not closed by */");
      at_ = end + 2;
    } else {
      break;
    }
  }
  return {};
}

std::string_view Lexer::read_name() {
  const std::size_t begin = at_;
  while (is_name_start(peek()) || is_digit(peek())) ++at_;
  return text_.substr(begin, at_ - begin);
}

Result<Token> Lexer::next() {
  GODWIT_CHECK(skip_blanks());
  const std::size_t begin = at_;
  if (is_over()) return Token{.at = begin};
  const char c = peek();
  if (c == '"') return read_quoted();
  if (is_digit(c)) return read_number();
  if (c == ':') {
    ++at_;
    const std::string_view name = is_name_start(peek()) ? read_name() : std::string_view();
    if (name.empty()) return error(begin, "no name follows the colon");
    return Token{TokenKind::tag, to_lower(name), 0, begin};
  }
  if (is_name_start(c)) {
    const std::string_view name = read_name();
    if (equals_ignoring_case(name, "text") && peek() == ':') return read_multi_line(begin);
    return Token{TokenKind::name, to_lower(name), 0, begin};
  }
  if (std::string_view(";,()[]{}").contains(c)) {
    ++at_;
    return Token{TokenKind::symbol, std::string(1, c), 0, begin};
  }
  return error(begin, fmt::format("{} stands where a command is expected", printable(text_.substr(begin, 1))));
}

// RFC 5228 section 2.4.2: a backslash before another character than " and \ is as good as none.
Result<Token> Lexer::read_quoted() {
  Token token{.kind = TokenKind::string, .at = at_};
  for (++at_; !is_over(); ++at_) {
    char c = peek();
    if (c == '"') {
      ++at_;
      return token;
    }
    if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
    token.text += c;
  }
  return error(token.at, "a string is not closed by a quote");
}

Result<Token> Lexer::read_number() {
  Token token{.kind = TokenKind::number, .at = at_};
  const auto grow = [&](std::uint64_t factor, std::uint64_t summand) {
    if (token.number > (largest_number - summand) / factor) return false;
    token.number = token.number * factor + summand;
    return true;
  };
  for (; is_digit(peek()); ++at_) {
    if (!grow(10, static_cast<std::uint64_t>(peek() - '0'))) return error(token.at, "the number is too large");
  }
  constexpr std::string_view quantifiers = "KMG";
  const std::size_t power = quantifiers.find(ascii_upper(peek()));
  if (power == std::string_view::npos || is_over()) return token;
  ++at_;
  if (!grow(std::uint64_t{1} << (10 * (power + 1)), 0)) return error(token.at, "the number is too large");
  return token;
}

// RFC 5228 section 2.4.2: blanks and a comment may stand behind "text:"; a line with a dot alone ends it.
Result<Token> Lexer::read_multi_line(std::size_t begin) {
  ++at_;
  while (peek() == ' ' || peek() == '\t') ++at_;
  if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  if (peek() == '\r') ++at_;
  if (peek() != '\n') return error(begin, "something stands behind text: in its line");
  ++at_;
  Token token{.kind = TokenKind::string, .at = begin};
  while (!is_over()) {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end;
    if (line == ".\n" || line == ".\r\n" || line == ".") return token;
    if (line.starts_with("..")) line.remove_prefix(1);
    token.text += line;
  }
  return error(begin, "the text: is not ended by a line with a dot alone");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}
  [[nodiscard]] Result<std::vector<Statement>> parse() {
    GODWIT_CHECK(advance());
    GODWIT_TRY(auto commands, read_commands());
    if (token_.kind != TokenKind::end) return wrong("no block is open here");
    return commands;
  }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const { return lexer_.error(token_.at, what); }
  [[nodiscard]] Result<> advance() {
    GODWIT_TRY(token_, lexer_.next());
    return {};
  }
  [[nodiscard]] bool is_symbol(char c) const { return token_.kind == TokenKind::symbol && token_.text.front() == c; }
  // Whether the symbol stood here; it is passed over.
  [[nodiscard]] Result<bool> pass(char c) {
    if (!is_symbol(c)) return false;
    GODWIT_CHECK(advance());
    return true;
  }
  [[nodiscard]] Result<std::vector<Statement>> read_commands();
  [[nodiscard]] Result<Statement> read_command();
  [[nodiscard]] Result<Statement> begin_statement();
  [[nodiscard]] Result<std::vector<Argument>> read_arguments();
  [[nodiscard]] Result<Argument> read_list();
  [[nodiscard]] Result<std::vector<Statement>> read_tests();

  Lexer lexer_;
  Token token_;
  std::size_t depth_ = 0;
};

Result<std::vector<Statement>> Parser::read_commands() {
  std::vector<Statement> commands;
  while (token_.kind == TokenKind::name) {
    GODWIT_TRY(commands.emplace_back(), read_command());
  }
  if (token_.kind != TokenKind::end && !is_symbol('}')) return wrong("a command is expected here");
  return commands;
}

// A name with its arguments and tests: what commands and tests share.
Result<Statement> Parser::begin_statement() {
  if (token_.kind != TokenKind::name) return wrong("a name is expected here");
  if (depth_ >= deepest) return wrong("blocks or tests lie too deep in each other");
  Statement statement{.name = token_.text, .line = lexer_.line_of(token_.at)};
  GODWIT_CHECK(advance());
  ++depth_;
  GODWIT_TRY(statement.arguments, read_arguments());
  GODWIT_TRY(statement.tests, read_tests());
  --depth_;
  return statement;
}

Result<Statement> Parser::read_command() {
  GODWIT_TRY(Statement command, begin_statement());
  GODWIT_TRY(const bool is_over, pass(';'));
  if (is_over) return command;
  GODWIT_TRY(command.has_block, pass('{'));
  if (!command.has_block) return wrong(fmt::format("; or a block is missing behind {}", command.name));
  ++depth_;
  GODWIT_TRY(command.block, read_commands());
  --depth_;
  GODWIT_TRY(const bool is_closed, pass('}'));
  if (!is_closed) return wrong(fmt::format("the block of {} in line {} is not closed", command.name, command.line));
  return command;
}

Result<std::vector<Argument>> Parser::read_arguments() {
  std::vector<Argument> arguments;
  while (true) {
    switch (token_.kind) {
      case TokenKind::tag: arguments.push_back({.kind = Argument::Kind::tag, .tag = token_.text}); break;
      case TokenKind::number: arguments.push_back({.kind = Argument::Kind::number, .number = token_.number}); break;
      case TokenKind::string: arguments.push_back({.kind = Argument::Kind::string, .strings = {token_.text}}); break;
      case TokenKind::symbol: {
        if (!is_symbol('[')) return arguments;
        GODWIT_TRY(arguments.emplace_back(), read_list());
        continue;
      }
      default: return arguments;
    }
    GODWIT_CHECK(advance());
  }
}

Result<Argument> Parser::read_list() {
  Argument list{.kind = Argument::Kind::list};
  GODWIT_CHECK(advance());
  while (true) {
    if (token_.kind != TokenKind::string) return wrong("a string is expected in the list");
    list.strings.push_back(token_.text);
    GODWIT_CHECK(advance());
    GODWIT_TRY(const bool is_over, pass(']'));
    if (is_over) return list;
    GODWIT_TRY(const bool goes_on, pass(','));
    if (!goes_on) return wrong("a comma or ] is expected in the list");
  }
}

Result<std::vector<Statement>> Parser::read_tests() {
  std::vector<Statement> tests;
  if (token_.kind == TokenKind::name) {
    GODWIT_TRY(tests.emplace_back(), begin_statement());
    return tests;
  }
  GODWIT_TRY(const bool is_list, pass('('));
  if (!is_list) return tests;
  while (true) {
    GODWIT_TRY(tests.emplace_back(), begin_statement());
    GODWIT_TRY(const bool is_over, pass(')'));
    if (is_over) return tests;
    GODWIT_TRY(const bool goes_on, pass(','));
    if (!goes_on) return wrong("a comma or ) is expected between tests");
  }
}

}  // namespace

Result<std::vector<Statement>> parse_script(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, of editors
  return Parser(text).parse();
}

}  // namespace godwit::sieve
