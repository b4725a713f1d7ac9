// SPDX-License-Identifier: Apache-2.0
#include "pst/properties.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr std::uint16_t no_property = 0;
constexpr std::size_t guid_size = 16;

// The bytes of the sets' GUIDs.
NameSet set_of(std::string_view guid) {
  using namespace std::string_view_literals;
  constexpr auto tail = "\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"sv;
  if (guid == "\x90\xDA\xD8\x6E\x0B\x45\x1B\x10\x98\xDA\x00\xAA\x00\x3F\x13\x05"sv) return NameSet::meeting;
  if (guid.size() != guid_size || guid.substr(2) != tail || guid[1] != '\x20') return NameSet::other;
  switch (guid[0]) {
    case 0x02: return NameSet::appointment;
    case 0x03: return NameSet::task;
    case 0x04: return NameSet::address;
    case 0x08: return NameSet::common;
    case 0x0A: return NameSet::log;
    case 0x0E: return NameSet::note;
    default: return NameSet::other;
  }
}

// Index 0 is none, 1 PS_MAPI, 2 PS_PUBLIC_STRINGS; further ones count the sets that the file has.
NameSet set_at(std::string_view sets, std::size_t index) {
  if (index == 2) return NameSet::public_strings;
  const std::size_t at = (index - 3) * guid_size;
  return index < 3 || at + guid_size > sets.size() ? NameSet::other : set_of(sets.substr(at, guid_size));
}

// [MS-LCID]: the lowest ten bits are the language.
std::uint32_t code_page_of_language(std::uint32_t locale) {
  switch (locale & 0x3FFU) {
    case 0x01: return 1256;                              // Arabic
    case 0x04: return locale == 0x0404 ? 950 : 936;      // Chinese, of Taiwan or not
    case 0x02: case 0x19: case 0x22: case 0x23: return 1251;  // Bulgarian, Russian, Ukrainian, Belarusian
    case 0x05: case 0x0E: case 0x15: case 0x18: case 0x1A: case 0x1B: case 0x24: return 1250;  // Central Europe
    case 0x08: return 1253;                              // Greek
    case 0x0D: return 1255;                              // Hebrew
    case 0x11: return 932;                               // Japanese
    case 0x12: return 949;                               // Korean
    case 0x1E: return 874;                               // Thai
    case 0x1F: return 1254;                              // Turkish
    case 0x25: case 0x26: case 0x27: return 1257;        // Baltic
    default: return 1252;
  }
}

// [MS-PST] 2.3.3.4.2: a count, the places, the values.
std::vector<std::string> separate(std::string_view bytes) {
  std::vector<std::string> values;
  const auto count = number_at<std::uint32_t>(bytes, 0);
  for (std::size_t i = 0; i < count && 4 * (i + 2) <= bytes.size(); ++i) {
    const std::size_t begin = number_at<std::uint32_t>(bytes, 4 * (i + 1));
    const std::size_t end = i + 1 < count ? number_at<std::uint32_t>(bytes, 4 * (i + 2)) : bytes.size();
    if (begin > end || end > bytes.size()) break;
    values.emplace_back(bytes.substr(begin, end - begin));
  }
  return values;
}

}  // namespace

PropertyNames::PropertyNames(std::string_view sets, std::string_view entries, std::string_view texts) {
  for (std::size_t at = 0; at + 8 <= entries.size(); at += 8) {
    const auto number = number_at<std::uint32_t>(entries, at);
    const auto kind = number_at<std::uint16_t>(entries, at + 4);
    const auto property = static_cast<std::uint16_t>(0x8000U + number_at<std::uint16_t>(entries, at + 6));
    const NameSet set = set_at(sets, kind >> 1U);
    if ((kind & 1U) == 0) {
      numbers_.try_emplace({set, number}, property);
    } else if (number < texts.size()) {
      const std::string_view text = texts.substr(std::min<std::size_t>(number + 4, texts.size()));
      texts_.try_emplace({set, to_lower(to_utf8(text.substr(0, number_at<std::uint32_t>(texts, number)), "utf-16le"))}, property);
    }
  }
}

std::optional<std::uint16_t> PropertyNames::find(const Name& name) const {
  if (name.text.empty()) {
    const auto found = numbers_.find({name.set, name.number});
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto found = texts_.find({name.set, to_lower(name.text)});
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t width_of(std::uint16_t type) {
  switch (type) {
    case 0x000B: return 1;                                                       // a truth value
    case 0x0002: return 2;
    case 0x0003: case 0x0004: case 0x000A: return 4;
    case 0x0005: case 0x0006: case 0x0007: case 0x0014: case 0x0040: return 8;
    default: return 0;
  }
}

void Properties::add_number(std::uint16_t property, std::uint16_t type, std::uint64_t number) {
  if (property != no_property) values_[property] = {type, number};
}

void Properties::add_bytes(std::uint16_t property, std::uint16_t type, std::string bytes) {
  const auto single = static_cast<std::uint16_t>(type & ~several);
  if ((type & several) != 0 && (single == string8 || single == unicode || single == binary))
    return add_values(property, type, separate(bytes));
  std::vector<std::string> values;
  values.push_back(std::move(bytes));
  add_values(property, type, std::move(values));
}

void Properties::add_values(std::uint16_t property, std::uint16_t type, std::vector<std::string> values) {
  if (property != no_property) values_[property] = {type, 0, std::move(values)};
}

bool Properties::is_object(std::uint16_t property) const {
  const Value* const value = find(property);
  return value != nullptr && value->type == object;
}

std::string Properties::take_bytes(std::uint16_t property) {
  const auto found = values_.find(property);
  if (found == values_.end() || found->second.bytes.empty()) return {};
  std::string bytes = std::move(found->second.bytes.front());
  values_.erase(found);
  return bytes;
}

void Properties::belong_to(std::shared_ptr<const PropertyNames> names, std::uint32_t code_page) {
  names_ = std::move(names);
  default_code_page_ = code_page;
}

const Properties::Value* Properties::find(std::uint16_t property) const {
  const auto found = values_.find(property);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Properties::as_text(const Value& value, const std::string& bytes) const {
  const auto type = static_cast<std::uint16_t>(value.type & ~several);
  if (type != unicode && type != string8) return {};
  std::string text = to_utf8(bytes, type == unicode ? "utf-16le" : charset_of(code_page()));
  return text.substr(0, text.find('\0'));
}

std::string Properties::text(std::uint16_t property) const {
  const Value* const value = find(property);
  return value == nullptr || value->bytes.empty() ? std::string() : as_text(*value, value->bytes.front());
}

std::vector<std::string> Properties::texts(std::uint16_t property) const {
  std::vector<std::string> all;
  if (const Value* const value = find(property)) {
    for (const std::string& bytes : value->bytes) all.push_back(as_text(*value, bytes));
  }
  return all;
}

std::optional<std::string_view> Properties::bytes(std::uint16_t property) const {
  const Value* const value = find(property);
  return value == nullptr || value->bytes.empty() || value->type == unicode || value->type == string8
             ? std::nullopt
             : std::optional<std::string_view>(value->bytes.front());
}

std::vector<std::string> Properties::all_bytes(std::uint16_t property) const {
  const Value* const value = find(property);
  return value == nullptr ? std::vector<std::string>() : value->bytes;
}

std::optional<std::uint64_t> Properties::number(std::uint16_t property) const {
  const Value* const value = find(property);
  return value == nullptr || !is_fixed(value->type) ? std::nullopt : std::optional(value->number);
}

std::optional<std::uint64_t> Properties::ticks(std::uint16_t property) const {
  const auto ticks = number(property);
  return !ticks || *ticks == 0 || *ticks > INT64_MAX ? std::nullopt : ticks;
}

std::optional<std::int64_t> Properties::seconds(std::uint16_t property) const {
  const auto all = ticks(property);
  return all ? std::optional(static_cast<std::int64_t>(*all / 10'000'000) - 11'644'473'600) : std::nullopt;  // from 1601 on
}

double Properties::real(std::uint16_t property) const {
  const Value* const value = find(property);
  return value != nullptr && value->type == 0x0005 ? std::bit_cast<double>(value->number) : 0;
}

std::uint16_t Properties::number_of(const Name& name) const {
  return names_ == nullptr ? no_property : names_->find(name).value_or(no_property);
}

std::uint32_t Properties::code_page() const {
  // PidTagMessageCodepage; that of UTF-16 tells nothing of texts that are not Unicode.
  if (const auto own = number(0x3FFD); own && *own != 0 && *own != 1200) return static_cast<std::uint32_t>(*own);
  if (const auto language = number(0x3FF1)) return code_page_of_language(static_cast<std::uint32_t>(*language));  // PidTagMessageLocaleId
  return default_code_page_;
}

std::uint32_t Properties::html_code_page() const {
  const auto html = number(0x3FDE);  // PidTagInternetCodepage
  return html && *html != 0 ? static_cast<std::uint32_t>(*html) : code_page();
}

}  // namespace godwit::pst
