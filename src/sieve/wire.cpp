// SPDX-License-Identifier: Apache-2.0
#include "sieve/wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::sieve {
namespace {

constexpr std::size_t longest_quoted = 1024;  // RFC 5804 section 4, quoted
constexpr std::size_t deepest_code = 16;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(codes::response_malformed, fmt::format("the server's answer is not ManageSieve: {}", what));
}

std::optional<Line::Kind> status_of(std::string_view atom) {
  if (equals_ignoring_case(atom, "OK")) return Line::Kind::ok;
  if (equals_ignoring_case(atom, "NO")) return Line::Kind::no;
  if (equals_ignoring_case(atom, "BYE")) return Line::Kind::bye;
  return std::nullopt;
}

}  // namespace

// --- values ------------------------------------------------------------------------------------------------------------------------

const Capability* Capabilities::find(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &Capability::name);
  return found == all_.end() ? nullptr : &*found;
}

std::string_view Capabilities::value(std::string_view name) const {
  const Capability* const found = find(name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

std::vector<std::string> Capabilities::words(std::string_view name) const {
  std::vector<std::string> all;
  std::string_view rest = value(name);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (!word.empty()) all.emplace_back(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return all;
}

bool Capabilities::has_mechanism(std::string_view name) const {
  return std::ranges::any_of(words("SASL"), [&](const std::string& own) { return equals_ignoring_case(own, name); });
}

Result<Capability> parse_capability(const Line& line) {
  const bool has_form = line.words.size() == 1 || line.words.size() == 2;
  const char first = has_form && !line.words.front().empty() ? ascii_lower(line.words.front().front()) : '\0';
  if (first < 'a' || first > 'z') return malformed("a capability has a name of letters, and at most one value");
  return Capability{to_upper(line.words.front()), line.words.size() == 2 ? line.words.back() : std::string()};
}

Result<ListedScript> parse_listed_script(const Line& line) {
  const bool is_active = line.words.size() == 2 && equals_ignoring_case(line.words.back(), "ACTIVE");
  if (line.words.size() != 1 && !is_active) return malformed("a listed script has a name, and ACTIVE or nothing behind it");
  return ListedScript{line.words.front(), is_active};
}

void append_literal(std::string& command, std::string_view bytes) {
  command += fmt::format("{{{}+}}\r\n", bytes.size());
  command += bytes;
}

void append_string(std::string& command, std::string_view text) {
  // Cyrus 3.6 takes no 8-bit bytes between quotes, and loses the thread behind them.
  const auto is_sayable = [](char c) { return c >= ' ' && c <= '~'; };
  if (text.size() > longest_quoted || !std::ranges::all_of(text, is_sayable)) return append_literal(command, text);
  command += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') command += '\\';
    command += c;
  }
  command += '"';
}

// --- lines -------------------------------------------------------------------------------------------------------------------------

Result<std::optional<Line>> LineDecoder::next(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (state_ == State::literal) {
      take_literal(bytes);
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (++line_size_ > limits_.line) {
      return fail(codes::response_too_large, fmt::format("the server sent a line of more than {} bytes", limits_.line));
    }
    GODWIT_TRY(const bool is_whole, take(c));
    if (!is_whole) continue;
    std::optional<Line> line = std::move(line_);
    reset();
    return line;
  }
  return std::optional<Line>();
}

void LineDecoder::reset() {
  line_ = {};
  state_ = State::between;
  depth_ = line_size_ = literals_size_ = 0;
  has_token_ = false;
}

Result<bool> LineDecoder::take(char c) {
  switch (state_) {
    case State::between: return begin_token(c);
    case State::atom: return take_of_atom(c);
    case State::quoted: return take_of_quoted(c);
    case State::escaped:
      if (c != '"' && c != '\\') token_ += '\\';
      token_ += c;
      state_ = State::quoted;
      return false;
    case State::after_quote: return take_behind_quote(c);
    case State::words_of_people:
      if (c != '\n') {
        token_ += c;
        return false;
      }
      if (token_.ends_with('\r')) token_.pop_back();
      end_token(false);
      return true;
    case State::size:
    case State::behind_size: return take_of_size(c);
    case State::ending:
      if (c != '\n') return malformed("a CR without LF");
      state_ = State::between;
      if (has_token_) return true;
      reset();
      return false;
    case State::literal: break;
  }
  return malformed("a byte out of place");
}

Result<bool> LineDecoder::begin_token(char c) {
  if (c == ' ' || c == '\t') return false;
  if (c == '\r' || c == '\n') {
    if (depth_ > 0) return malformed("a line ends within parentheses");
    state_ = State::ending;
    return c == '\n' ? take('\n') : Result<bool>(false);
  }
  const bool is_code = is_status() && (c == '(' || (c == ')' && depth_ > 0));
  if (is_code) {
    if (c == '(' && ++depth_ > deepest_code) return malformed("parentheses within each other without end");
    if (c == ')') --depth_;
    return false;
  }
  token_.clear();
  if (c == '"') {
    state_ = State::quoted;
  } else if (c == '{') {
    literal_left_ = 0;
    has_digits_ = is_size_over_ = false;
    state_ = State::size;
  } else if (is_text_next()) {
    token_ += c;
    state_ = State::words_of_people;
  } else {
    if (c == '(' || c == ')') return malformed("a parenthesis among data");
    token_ += c;
    state_ = State::atom;
  }
  return false;
}

Result<bool> LineDecoder::take_of_atom(char c) {
  const bool goes_on = c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '(' && c != ')';
  if (goes_on) {
    token_ += c;
    return false;
  }
  end_token(true);
  return begin_token(c);
}

// What people read may go over several lines: James does so. Elsewhere a quoted string has one. A backslash before another character than
// " and \ stands for itself: Cyrus does not escape it in the names that it lists.
Result<bool> LineDecoder::take_of_quoted(char c) {
  if (c == '\\') {
    state_ = State::escaped;
  } else if (c == '"') {
    blanks_.clear();
    state_ = State::after_quote;
  } else if ((c == '\r' || c == '\n') && !is_text_next()) {
    return malformed("a line ends within quotes");
  } else {
    token_ += c;
  }
  return false;
}

// A quote that something follows belongs to the string: James and Cyrus do not escape them. Behind the text for people nothing follows,
// behind other strings a blank may.
Result<bool> LineDecoder::take_behind_quote(char c) {
  const bool is_blank = c == ' ' || c == '\t';
  const bool is_over = c == '\r' || c == '\n' || (!is_text_next() && (is_blank || c == '(' || c == ')'));
  if (is_over) {
    end_token(false);
    return begin_token(c);
  }
  if (is_blank) {
    blanks_ += c;
    return false;
  }
  token_ += '"' + std::exchange(blanks_, {});
  if (c == '"') return false;
  state_ = State::quoted;
  return take_of_quoted(c);
}

Result<bool> LineDecoder::take_of_size(char c) {
  if (state_ == State::behind_size) {
    if (c == '\r') return false;
    if (c != '\n') return malformed("something stands behind the size of a literal");
    state_ = State::literal;
    return false;
  }
  if (c >= '0' && c <= '9' && !is_size_over_) {
    has_digits_ = true;
    literal_left_ = literal_left_ * 10 + static_cast<std::uint64_t>(c - '0');
    if (literals_size_ + literal_left_ > limits_.literal) {
      return fail(codes::response_too_large, fmt::format("the server sent a literal of more than {} bytes", limits_.literal));
    }
    return false;
  }
  if (!has_digits_ || (c == '+' && is_size_over_) || (c != '+' && c != '}')) return malformed("the size of a literal cannot be read");
  if (c == '+') {
    is_size_over_ = true;
  } else {
    state_ = State::behind_size;
  }
  return false;
}

void LineDecoder::take_literal(std::string_view& bytes) {
  const std::size_t size = std::min<std::uint64_t>(bytes.size(), literal_left_);
  token_.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  literal_left_ -= size;
  literals_size_ += size;
  if (literal_left_ == 0) end_token(false);
}

void LineDecoder::end_token(bool is_atom) {
  state_ = State::between;
  const auto status = is_atom && !has_token_ ? status_of(token_) : std::nullopt;
  has_token_ = true;
  if (status) {
    line_.kind = *status;
  } else if (!is_status()) {
    line_.words.push_back(std::move(token_));
  } else if (depth_ == 0) {
    line_.text = std::move(token_);
  } else if (line_.code.name.empty()) {
    line_.code.name = to_upper(token_);
  } else {
    line_.code.arguments.push_back(std::move(token_));
  }
  token_.clear();
}

}  // namespace godwit::sieve
