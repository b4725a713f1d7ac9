// SPDX-License-Identifier: Apache-2.0
#include "api/json_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit::api {
namespace {

using nlohmann::json;

// Brackets in a text that is no JSON are counted in some way; the parser refuses it afterwards.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0, deepest = 0;
  bool is_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_string) {
      if (c == '\\') ++at;
      if (c == '"') is_string = false;
    } else if (c == '"') {
      is_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// The library puts its own name and number in brackets in front.
std::string reason_of(const json::exception& refused) {
  const std::string_view text = refused.what();
  const std::size_t end = text.find("] ");
  return printable(end == std::string_view::npos ? text : text.substr(end + 2));
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (depth_of(text) > json_depth_limit) {
    return fail(ErrorKind::usage, fmt::format("this JSON has arrays or objects in one another more than {} levels deep; send it flatter",
                                              json_depth_limit));
  }
  try {
    return json::parse(text);
  } catch (const json::exception& refused) {
    return fail(ErrorKind::usage, fmt::format("this is no JSON (RFC 8259): {}; correct it there", reason_of(refused)));
  }
}

std::string to_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace godwit::api
