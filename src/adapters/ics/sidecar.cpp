// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/sidecar.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace godwit::adapters {
namespace {

constexpr std::uint64_t longest = 64 * 1024;  // bytes of a property

std::string read_text(const files::Directory& folder, const std::string& name) {
  auto text = folder.read_file(name, longest);
  if (!text || !is_utf8(*text)) return {};
  while (text->ends_with('\n') || text->ends_with('\r') || text->ends_with(' ')) text->pop_back();
  return std::move(*text);
}

Result<> write_text(const files::Directory& folder, const std::string& name, const std::string& text) {
  if (read_text(folder, name) == text) return {};
  return text.empty() ? folder.remove_file(name) : folder.replace_file(name, text);
}

}  // namespace

endpoint::CollectionProperties read_properties(const files::Directory& folder) {
  endpoint::CollectionProperties properties;
  properties.display_name = read_text(folder, "displayname");
  properties.description = read_text(folder, "description");
  properties.color = color_of(read_text(folder, "color"));
  if (const auto order = parse_number<unsigned>(read_text(folder, "order")); order && *order < 1'000'000) {
    properties.order = static_cast<int>(*order);
  }
  return properties;
}

Result<std::vector<std::string>> write_properties(const files::Directory& folder, const endpoint::CollectionProperties& properties) {
  GODWIT_CHECK(write_text(folder, "displayname", properties.display_name));
  GODWIT_CHECK(write_text(folder, "description", properties.description));
  GODWIT_CHECK(write_text(folder, "color", properties.color));
  const bool has_order = properties.order && *properties.order >= 0;
  GODWIT_CHECK(write_text(folder, "order", has_order ? std::to_string(*properties.order) : std::string()));
  std::vector<std::string> left_out;
  if (properties.order && !has_order) left_out.emplace_back("order");
  if (!properties.time_zone.empty()) left_out.emplace_back("time zone");
  if (properties.is_transparent) left_out.emplace_back("its events do not make busy");
  return left_out;
}

std::string color_of(std::string_view text) {
  const bool has_size = text.size() == 7 || text.size() == 9;
  if (!has_size || !text.starts_with('#') || text.find_first_of(" :") != std::string_view::npos || !from_hex(text.substr(1))) return {};
  return to_upper(text.substr(0, 7));
}

}  // namespace godwit::adapters
