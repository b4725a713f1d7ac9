// SPDX-License-Identifier: Apache-2.0
#include "pst/tnef.h"

#include <algorithm>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst/little_endian.h"
#include "pst/properties.h"

namespace godwit::pst {
namespace {

// [MS-OXTNEF] 2.1.3.1: attributes by their ids.
constexpr std::uint32_t signature = 0x223E9F78, code_page_attribute = 0x00069007;
constexpr std::uint32_t begins_attachment = 0x00069002, title = 0x00018010, attachment_properties = 0x00069005;
constexpr std::uint16_t long_file_name = 0x3707, guid_type = 0x0048;
constexpr std::size_t most_files = 10'000;

void skip_padding(ByteReader& reader, std::size_t size) { reader.bytes((4 - size % 4) % 4); }

// A name that is no number: its set, and the name itself.
void skip_name(ByteReader& reader) {
  reader.bytes(16);
  const bool is_text = reader.number<std::uint32_t>() != 0;
  const auto size = reader.number<std::uint32_t>();  // or the number
  if (!is_text) return;
  reader.bytes(size);
  skip_padding(reader, size);
}

// The values of one property ([MS-OXTNEF] 2.1.3.4), the first of them as bytes.
std::string_view take_values(ByteReader& reader, std::uint16_t type) {
  const auto single = static_cast<std::uint16_t>(type & ~Properties::several);
  const std::size_t width = single == guid_type ? 16 : width_of(single) == 0 ? 0 : std::max<std::size_t>(width_of(single), 4);
  const bool is_counted = width == 0 || (type & Properties::several) != 0;
  const auto count = is_counted ? reader.number<std::uint32_t>() : 1U;
  std::string_view first;
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    const std::size_t size = width != 0 ? width : reader.number<std::uint32_t>();
    const std::string_view value = reader.bytes(size);
    if (width == 0) skip_padding(reader, size);
    if (i == 0) first = value;
  }
  return first;
}

std::string name_in_properties(std::string_view bytes, const std::string& charset) {
  ByteReader reader(bytes);
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    const auto type = reader.number<std::uint16_t>(), property = reader.number<std::uint16_t>();
    if (property >= 0x8000) skip_name(reader);
    const std::string_view value = take_values(reader, type);
    if (property != long_file_name || !reader.is_good()) continue;
    const std::string name = to_utf8(value, type == Properties::unicode ? "utf-16le" : charset);
    return name.substr(0, name.find('\0'));
  }
  return {};
}

}  // namespace

bool is_tnef(std::string_view file_name, std::string_view media_type) {
  return equals_ignoring_case(file_name, "winmail.dat") || starts_with_ignoring_case(media_type, "application/ms-tnef") ||
         starts_with_ignoring_case(media_type, "application/vnd.ms-tnef");
}

std::vector<std::string> names_in_tnef(std::string_view bytes) {
  std::vector<std::string> names;
  ByteReader reader(bytes);
  if (reader.number<std::uint32_t>() != signature) return names;
  reader.number<std::uint16_t>();
  std::string charset = "windows-1252";
  while (!reader.rest().empty() && names.size() < most_files) {
    reader.number<std::uint8_t>();
    const auto attribute = reader.number<std::uint32_t>();
    const std::string_view value = reader.bytes(reader.number<std::uint32_t>());
    reader.number<std::uint16_t>();  // a sum, which many programs write wrongly
    if (!reader.is_good()) break;
    if (attribute == code_page_attribute) charset = charset_of(number_at<std::uint32_t>(value, 0));
    if (attribute == begins_attachment) names.emplace_back();
    if (names.empty()) continue;
    if (attribute == title) {
      const std::string name = to_utf8(value, charset);
      if (names.back().empty()) names.back() = name.substr(0, name.find('\0'));
    } else if (attribute == attachment_properties) {
      if (std::string name = name_in_properties(value, charset); !name.empty()) names.back() = std::move(name);
    }
  }
  return names;
}

}  // namespace godwit::pst
