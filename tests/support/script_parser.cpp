// SPDX-License-Identifier: Apache-2.0
// Transcripts as text: Script::parse().
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/text.h"
#include "tests/support/scripted_stream.h"

namespace godwit::test {

using Side = ScriptStep::Side;

namespace {

struct Literal {
  std::size_t size = 0;
  bool is_synchronising = false;
};

// "… {12}", "… {12+}", "… ~{12}" at the end of a line.
std::optional<Literal> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  const bool is_synchronising = !digits.ends_with('+') && !digits.ends_with('-');
  if (!is_synchronising) digits.remove_suffix(1);
  const auto size = parse_number<std::size_t>(digits);
  if (!size) return std::nullopt;
  return Literal{*size, is_synchronising};
}

std::string with_crlf(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' && !result.ends_with('\r')) result += '\r';
    result += c;
  }
  if (!result.ends_with("\r\n")) result += "\r\n";
  return result;
}

class TranscriptReader {
 public:
  explicit TranscriptReader(std::string_view transcript) : text_(with_crlf(transcript)), rest_(text_) {}

  Script read() {
    while (!rest_.empty()) read_line();
    if (awaited_literal_) throw std::invalid_argument("transcript: the literal after \"+\" is missing");
    return std::move(script_);
  }

 private:
  void read_line() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (rest_.starts_with("\r\n") || rest_.starts_with('#')) {
      (void)take_line();
    } else if (take_prefix("C:")) {
      read_client_line();
    } else if (take_prefix("S:")) {
      read_server_line();
    } else {
      throw std::invalid_argument("transcript: neither C: nor S: in \"" + printable(take_line()) + "\"");
    }
  }

  void read_client_line() {
    std::string bytes;
    if (awaited_literal_) bytes += take(*std::exchange(awaited_literal_, std::nullopt));
    promised_literal_.reset();
    while (const auto literal = take_line_to(bytes)) {
      if (literal->is_synchronising && next_is_server()) {
        promised_literal_ = literal->size;
        break;
      }
      bytes += take(literal->size);
    }
    script_.client(bytes);
  }

  void read_server_line() {
    std::string bytes;
    while (const auto literal = take_line_to(bytes)) bytes += take(literal->size);
    if (bytes.starts_with('+')) awaited_literal_ = promised_literal_;
    if (!bytes.starts_with('*')) promised_literal_.reset();
    script_.server(bytes);
  }

  bool next_is_server() const {
    return rest_.substr(std::min(rest_.find_first_not_of(' '), rest_.size())).starts_with("S:");
  }

  bool take_prefix(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    return true;
  }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) throw std::invalid_argument("transcript: a literal is longer than the text");
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view take_line() { return take(rest_.find("\r\n") + 2); }

  // Appends a line with its CRLF; returns the literal that it announces.
  std::optional<Literal> take_line_to(std::string& bytes) {
    const std::string_view line = take_line();
    bytes += line;
    return literal_at_end(line.substr(0, line.size() - 2));
  }

  std::string text_;
  std::string_view rest_;
  Script script_;
  std::optional<std::size_t> promised_literal_;  // a client's line ended in {n}, and a server line follows
  std::optional<std::size_t> awaited_literal_;   // … and that said "+": the next client line begins with n bytes
};

}  // namespace

Script& Script::add(Side side, std::string_view bytes) {
  if (!bytes.empty()) steps_.push_back({side, std::string(bytes)});
  return *this;
}
Script& Script::client(std::string_view bytes) { return add(Side::client, bytes); }
Script& Script::server(std::string_view bytes) { return add(Side::server, bytes); }

Script& Script::ends_with(ScriptEnd end) {
  end_ = end;
  return *this;
}

Script Script::parse(std::string_view transcript) { return TranscriptReader(transcript).read(); }

Script Script::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::invalid_argument("transcript: cannot read " + path);
  return parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace godwit::test
