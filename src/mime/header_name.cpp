// SPDX-License-Identifier: Apache-2.0
#include "mime/header_name.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace godwit::mime {
namespace {

constexpr std::array<std::string_view, 5> changing_fields{"status:", "x-status:", "x-keywords:", "x-uid:", "x-uidl:"};
constexpr std::string_view message_id_field = "message-id:";

// The first line without its end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

bool begins_changing_field(std::string_view line) {
  return std::ranges::any_of(changing_fields, [&](std::string_view field) { return starts_with_ignoring_case(line, field); });
}

HeaderName name_of_header(std::string_view header) {
  Sha256 digest;
  std::optional<std::string> message_id;
  bool is_left_out = false, is_message_id = false;
  while (!header.empty()) {
    const std::string_view line = take_line(header);
    if (line.empty()) break;
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (!continues) {
      is_left_out = begins_changing_field(line);
      is_message_id = !message_id && starts_with_ignoring_case(line, message_id_field);
      if (is_message_id) message_id = without_blanks(line.substr(message_id_field.size()));
    } else if (is_message_id) {
      *message_id += without_blanks(line);
    }
    if (is_left_out) continue;
    digest.update(line);
    digest.update("\n");
  }
  HeaderName name{digest.finish()};
  if (message_id && !message_id->empty()) name.message_id = sha256(*message_id);
  return name;
}

}  // namespace godwit::mime
