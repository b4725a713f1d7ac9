// SPDX-License-Identifier: Apache-2.0
#include "api/uri.h"

#include <fmt/format.h>

#include <ranges>

#include "base/percent_decoding.h"
#include "base/text.h"

namespace godwit::api {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

std::unexpected<Error> wrong(std::string_view part, std::string_view reason) {
  return fail(ErrorKind::usage, fmt::format("the address of the call is wrong at \"{}\": {}", printable(part), reason));
}

Result<std::string> decode(std::string_view text, Plus plus) {
  auto bytes = percent_decoded(text, plus);
  if (!bytes) return wrong(text, "after % come two hexadecimal digits (a % itself is %25)");
  if (bytes->find('\0') != std::string::npos) return wrong(text, "a name cannot hold the character NUL");
  return *std::move(bytes);
}

Result<Parameters> parse_query(std::string_view text) {
  Parameters query;
  for (const auto part : std::views::split(text, '&')) {
    const std::string_view pair(part.begin(), part.end());
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    GODWIT_TRY(std::string name, decode(pair.substr(0, equals), Plus::blank));
    GODWIT_TRY(std::string value,
               decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), Plus::blank));
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
    GODWIT_TRY(std::string segment, decode({part.begin(), part.end()}, Plus::itself));
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
