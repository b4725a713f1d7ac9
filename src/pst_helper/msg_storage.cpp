// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/msg_storage.h"

#include <fmt/format.h>
#include <gsf/gsf-input.h>

#include "pst/code_page.h"

namespace godwit::pst {
namespace {

constexpr std::size_t entry_size = 16;
constexpr gsf_off_t largest_stream = gsf_off_t{256} << 20U;

GsfInfile* as_storage(const Input& input) { return GSF_INFILE(input.get()); }

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return value;
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

}  // namespace

MsgStorage::MsgStorage(Input storage, Kind kind, std::uint32_t code_page)
    : storage_(std::move(storage)), code_page_(code_page), html_code_page_(code_page) {
  read_properties(kind);
  if (const auto html = number(0x3FDE); html && *html != 0) html_code_page_ = static_cast<std::uint32_t>(*html);  // PidTagInternetCodepage
  if (const auto own = number(0x3FFD); own && *own != 0) {  // PidTagMessageCodepage
    code_page_ = static_cast<std::uint32_t>(*own);
  } else if (const auto language = number(0x3FF1)) {  // PidTagMessageLocaleId
    code_page_ = code_page_of_language(static_cast<std::uint32_t>(*language));
  }
}

std::optional<std::string> MsgStorage::stream(const std::string& name) const {
  const Input input(gsf_infile_child_by_name(as_storage(storage_), name.c_str()));
  if (!input) return std::nullopt;
  const gsf_off_t size = gsf_input_size(input.get());
  if (size < 0 || size > largest_stream) return std::nullopt;
  if (size == 0) return std::string();
  const guint8* const data = gsf_input_read(input.get(), static_cast<std::size_t>(size), nullptr);
  if (data == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

void MsgStorage::read_properties(Kind kind) {
  const std::string all = stream("__properties_version1.0").value_or("");
  for (std::size_t at = static_cast<std::size_t>(kind); at + entry_size <= all.size(); at += entry_size) {
    const std::string_view entry = std::string_view(all).substr(at, entry_size);
    const auto type = little_endian(entry.substr(0, 2));
    const std::size_t width = type == 0x0002 || type == 0x000B ? 2 : type == 0x0003 ? 4 : 8;
    numbers_[static_cast<std::uint16_t>(little_endian(entry.substr(2, 2)))] = little_endian(entry.substr(8, width));
  }
}

std::string MsgStorage::text(std::uint16_t property) const {
  std::string text;
  if (const auto unicode = stream(fmt::format("__substg1.0_{:04X}001F", property))) {
    text = to_utf8(*unicode, "utf-16le");
  } else if (const auto plain = plain_text(property)) {
    text = to_utf8(*plain, charset_of(code_page_));
  }
  return text.substr(0, text.find('\0'));
}

std::optional<std::string> MsgStorage::plain_text(std::uint16_t property) const {
  return stream(fmt::format("__substg1.0_{:04X}001E", property));
}

std::optional<std::string> MsgStorage::bytes(std::uint16_t property) const {
  return stream(fmt::format("__substg1.0_{:04X}0102", property));
}

std::optional<std::uint64_t> MsgStorage::number(std::uint16_t property) const {
  const auto found = numbers_.find(property);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> MsgStorage::seconds(std::uint16_t property) const {
  const auto ticks = number(property);
  if (!ticks || *ticks == 0 || *ticks > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*ticks / 10'000'000) - 11'644'473'600;  // from 1601 on
}

std::vector<Input> MsgStorage::storages(std::string_view prefix) const {
  std::vector<Input> found;
  const int count = gsf_infile_num_children(as_storage(storage_));
  for (int i = 0; i < count; ++i) {
    const char* const name = gsf_infile_name_by_index(as_storage(storage_), i);
    if (name == nullptr || !std::string_view(name).starts_with(prefix)) continue;
    Input child(gsf_infile_child_by_index(as_storage(storage_), i));
    if (child && GSF_IS_INFILE(child.get()) && gsf_infile_num_children(as_storage(child)) >= 0) found.push_back(std::move(child));
  }
  return found;
}

}  // namespace godwit::pst
