// SPDX-License-Identifier: Apache-2.0
#include "pst/header_fields.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::pst {
namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  std::size_t next = end;
  if (next < rest.size() && rest[next] == '\r') ++next;
  if (next < rest.size() && rest[next] == '\n') ++next;
  rest.remove_prefix(next);
  return line;
}

std::string_view name_of_field(std::string_view line) {
  const std::string_view name = line.substr(0, std::min(line.find(':'), line.size()));
  const bool is_name = !name.empty() && name.size() < line.size() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; });
  return is_name ? name : std::string_view();
}

}  // namespace

std::vector<HeaderField> header_fields(std::string_view header) {
  std::string clean(header);
  std::erase(clean, '\0');
  std::vector<HeaderField> fields;
  bool continues = false;  // whether a line that begins with a blank belongs to the last field
  for (std::string_view rest = clean; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      if (line.empty() && !fields.empty()) break;
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (continues) fields.back().text.append(line).append("\r\n");
      continue;
    }
    const std::string_view name = name_of_field(line);
    continues = !name.empty();
    if (continues) fields.push_back({std::string(name), std::string(line) + "\r\n"});
  }
  return fields;
}

bool has_field(const std::vector<HeaderField>& fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const HeaderField& field) { return equals_ignoring_case(field.name, name); });
}

}  // namespace godwit::pst
