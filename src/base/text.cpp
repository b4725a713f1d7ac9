// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace godwit {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_deceptive(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x061C || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

// Beyond the basic plane two of UTF-16's surrogates.
std::string json_escape(char32_t c) {
  const auto one = [](char32_t unit) { return fmt::format("\\u{:04x}", static_cast<unsigned>(unit)); };
  if (c <= 0xFFFF) return one(c);
  return one(0xD800 + ((c - 0x10000) >> 10U)) + one(0xDC00 + ((c - 0x10000) & 0x3FFU));
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), ascii_lower);
  return result;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), ascii_upper);
  return result;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, ascii_lower, ascii_lower);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string printable(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  while (!bytes.empty()) {
    char32_t code_point = 0;
    const std::size_t length = decode_utf8(bytes, code_point);
    if (length == 0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    } else if (is_deceptive(code_point)) {
      result += code_point < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(code_point))
                                  : fmt::format("\\u{{{:04x}}}", static_cast<unsigned>(code_point));
    } else {
      result += bytes.substr(0, length);
    }
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string json_string(std::string_view bytes) {
  std::string result = "\"";
  while (!bytes.empty()) {
    char32_t code_point = 0;
    const std::size_t length = decode_utf8(bytes, code_point);
    if (length == 0) {
      result += "\\ufffd";
    } else if (is_deceptive(code_point)) {
      result += json_escape(code_point);
    } else {
      if (code_point == '"' || code_point == '\\') result += '\\';
      result += bytes.substr(0, length);
    }
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result + '"';
}

std::string to_hex(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += hex_digits[byte >> 4];
    result += hex_digits[byte & 15U];
  }
  return result;
}

std::optional<std::string> from_hex(std::string_view hex) {
  std::string result;
  int high = -1;
  for (const char c : hex) {
    if (c == ':' || c == ' ') continue;
    const auto digit = hex_digits.find(ascii_lower(c));
    if (digit == std::string_view::npos) return std::nullopt;
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      result += static_cast<char>(high << 4 | static_cast<int>(digit));
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return result;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string result((bytes.size() + 2) / 3 * 4, '=');
  const auto byte = [bytes](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  char* to = result.data();
  for (std::size_t i = 0; i < bytes.size(); i += 3, to += 4) {
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    to[0] = base64_alphabet[group >> 18U];
    to[1] = base64_alphabet[group >> 12U & 63U];
    if (i + 1 < bytes.size()) to[2] = base64_alphabet[group >> 6U & 63U];
    if (i + 2 < bytes.size()) to[3] = base64_alphabet[group & 63U];
  }
  return result;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string result;
  result.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size() - padding; ++i) {
    const auto digit = base64_alphabet.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) result += static_cast<char>(group >> shift & 255U);
    group = 0;
  }
  if (padding == 0) return result;
  group <<= 6 * padding;
  if (padding == 2) {
    if ((group & 0xffffU) != 0) return std::nullopt;
    result += static_cast<char>(group >> 16 & 255U);
  } else {
    if ((group & 0xffU) != 0) return std::nullopt;
    for (const int shift : {16, 8}) result += static_cast<char>(group >> shift & 255U);
  }
  return result;
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::to_string(number);
  for (auto position = static_cast<std::ptrdiff_t>(digits.size()) - 3; position > 0; position -= 3) {
    digits.insert(static_cast<std::size_t>(position), ",");
  }
  return digits;
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units.at(unit));
}

}  // namespace godwit
