// SPDX-License-Identifier: Apache-2.0
#include "pop3/wire.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>

#include "base/error_code.h"
#include "base/secret.h"

namespace godwit::pop3 {
namespace {

constexpr std::size_t shown = 200;  // bytes of a line in an error

std::unexpected<Error> malformed(std::string_view what, std::string_view line) {
  return fail(codes::response_malformed, std::string(what) + ": " + printable(line.substr(0, shown)));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!(line = without_blanks(line)).empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

// "[IN-USE] …"
std::string code_of_text(std::string_view text) {
  if (!text.starts_with('[')) return {};
  const std::size_t end = text.find(']');
  return end == std::string_view::npos ? std::string() : to_upper(text.substr(1, end - 1));
}

struct NumberedLine {
  std::uint32_t number;
  std::string_view rest;
};

std::optional<NumberedLine> numbered(std::string_view line) {
  line = without_blanks(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const auto number = parse_number<std::uint32_t>(line.substr(0, end));
  if (!number || *number == 0) return std::nullopt;
  const std::string_view rest = without_blanks(line.substr(end));
  return NumberedLine{*number, rest.substr(0, rest.find_first_of(" \t"))};
}

}  // namespace

Result<Status> parse_status(std::string_view line) {
  const auto begins = [&](std::string_view word) {
    return starts_with_ignoring_case(line, word) && (line.size() == word.size() || line[word.size()] == ' ' || line[word.size()] == '\t');
  };
  if (begins("+OK")) return Status{Status::Kind::ok, {}, std::string(without_blanks(line.substr(3)))};
  if (begins("-ERR")) {
    const std::string_view text = without_blanks(line.substr(4));
    return Status{Status::Kind::error, code_of_text(text), std::string(text)};
  }
  if (begins("+")) return Status{Status::Kind::challenge, {}, std::string(without_blanks(line.substr(1)))};
  return malformed("an answer begins neither with +OK nor with -ERR", line);
}

Capability parse_capability(std::string_view line) {
  std::vector<std::string> words = words_of(line);
  if (words.empty()) return {};
  Capability capability{to_upper(words.front()), {}};
  capability.arguments.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
  return capability;
}

Result<ListedSize> parse_listed_size(std::string_view line) {
  const auto found = numbered(line);
  const auto size = found ? parse_number<std::uint64_t>(found->rest) : std::nullopt;
  if (!size) return malformed("a line of LIST is not a message's number and its size", line);
  return ListedSize{found->number, *size};
}

Result<UniqueId> parse_unique_id(std::string_view line) {
  const auto found = numbered(line);
  if (!found) return malformed("a line of UIDL does not begin with a message's number", line);
  return UniqueId{found->number, std::string(found->rest)};
}

std::string_view timestamp_of(std::string_view greeting) {
  const std::size_t begin = greeting.find('<');
  const std::size_t end = begin == std::string_view::npos ? begin : greeting.find('>', begin);
  if (end == std::string_view::npos) return {};
  const std::string_view timestamp = greeting.substr(begin, end - begin + 1);
  return timestamp.contains('@') && !timestamp.contains(' ') ? timestamp : std::string_view();
}

Result<std::string> apop_digest(std::string_view timestamp, std::string_view password) {
  const Secret whole(std::string(timestamp).append(password));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (::EVP_Digest(whole.reveal().data(), whole.reveal().size(), digest.data(), &size, ::EVP_md5(), nullptr) != 1) {
    return fail(codes::login_unsupported, "this machine's OpenSSL does not do MD5, which APOP needs");
  }
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

void AnswerDecoder::take(std::string_view& input, std::string& output) {
  while (!input.empty() && !is_over()) {
    if (place_ == Place::text) {
      take_text(input, output);
      continue;
    }
    take_one(input.front(), output);
    input.remove_prefix(1);
  }
}

// Up to the next byte that can matter.
void AnswerDecoder::take_text(std::string_view& input, std::string& output) {
  const std::size_t end = std::min(ends_ == LineEnds::lf ? input.find_first_of("\r\n") : input.find('\r'), input.size());
  output.append(input.substr(0, end));
  input.remove_prefix(end);
  if (input.empty()) return;
  take_one(input.front(), output);
  input.remove_prefix(1);
}

void AnswerDecoder::take_one(char c, std::string& output) {
  if (place_ == Place::line_start && c == '.') {
    place_ = Place::dot;
    return;
  }
  if (place_ == Place::dot || place_ == Place::dot_cr) {
    take_after_dot(c, output);
    return;
  }
  if (c == '\n' && place_ == Place::cr) {
    output += c;
    place_ = Place::line_start;
  } else if (c == '\n' && ends_ == LineEnds::lf) {
    output += "\r\n";
    place_ = Place::line_start;
  } else {
    output += c;
    place_ = c == '\r' ? Place::cr : Place::text;
  }
}

void AnswerDecoder::take_after_dot(char c, std::string& output) {
  if (place_ == Place::dot_cr) {
    if (c == '\n') {
      place_ = Place::over;
      return;
    }
    output += '\r';
    place_ = Place::cr;
    return take_one(c, output);
  }
  if (c == '\r') {
    place_ = Place::dot_cr;
  } else if (c == '\n' && ends_ == LineEnds::lf) {
    place_ = Place::over;
  } else {
    output += c;
    place_ = Place::text;
  }
}

Result<std::optional<std::string>> LineCutter::next(std::string_view& input) {
  const std::size_t end = input.find('\n');
  line_.append(input.substr(0, end));
  if (line_.size() > limit_) {
    return fail(codes::response_too_large, "the server sent a line of more than " + std::to_string(limit_) + " bytes");
  }
  if (end == std::string_view::npos) {
    input = {};
    return std::nullopt;
  }
  input.remove_prefix(end + 1);
  if (line_.ends_with('\r')) line_.pop_back();
  return std::exchange(line_, {});
}

}  // namespace godwit::pop3
