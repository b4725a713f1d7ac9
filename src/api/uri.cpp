// SPDX-License-Identifier: Apache-2.0
#include "api/uri.h"

#include <fmt/format.h>

#include <ranges>

#include "base/text.h"

namespace godwit::api {
namespace {

enum class Plus { itself, blank };

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f'); }

std::unexpected<Error> wrong(std::string_view part, std::string_view reason) {
  return fail(ErrorKind::usage, fmt::format("the address of the call is wrong at \"{}\": {}", printable(part), reason));
}

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == Plus::blank) {
      bytes += ' ';
    } else if (text[at] != '%') {
      bytes += text[at];
    } else {
      if (text.size() - at < 3 || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2])) {
        return wrong(text, "after % come two hexadecimal digits (a % itself is %25)");
      }
      bytes += from_hex(text.substr(at + 1, 2)).value_or(std::string());
      at += 2;
    }
  }
  if (bytes.find('\0') != std::string::npos) return wrong(text, "a name cannot hold the character NUL");
  return bytes;
}

Result<Parameters> parse_query(std::string_view text) {
  Parameters query;
  for (const auto part : std::views::split(text, '&')) {
    const std::string_view pair(part.begin(), part.end());
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    GODWIT_TRY(std::string name, percent_decode(pair.substr(0, equals), Plus::blank));
    GODWIT_TRY(std::string value,
               percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), Plus::blank));
    if (!query.try_emplace(std::move(name), std::move(value)).second) return wrong(pair, "this name is given twice; give it once");
  }
  return query;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return wrong(text, "a path begins with \"/\"");
  const std::size_t mark = text.find('?');
  Target target;
  target.path = text.substr(0, mark);
  for (const auto part : std::views::split(std::string_view(target.path).substr(1), '/')) {
    GODWIT_TRY(std::string segment, percent_decode({part.begin(), part.end()}, Plus::itself));
    target.segments.push_back(std::move(segment));
  }
  if (mark != std::string_view::npos) {
    GODWIT_TRY(target.query, parse_query(text.substr(mark + 1)));
  }
  return target;
}

std::string percent_encode(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (is_unreserved(c)) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace godwit::api
