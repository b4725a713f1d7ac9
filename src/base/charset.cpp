// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <iconv.h>

#include <array>
#include <cerrno>

namespace godwit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string ascii_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += static_cast<unsigned char>(c) < 0x80 ? std::string_view(&c, 1) : replacement;
  return text;
}

// The form of most texts in Microsoft's files: without iconv, which costs more than all the rest of a short one.
std::string from_utf16(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 2);
  const auto unit_at = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1]) << 8U);
  };
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const char32_t unit = at + 2 > bytes.size() ? 0xFFFD : unit_at(at);
    const char32_t next = at + 4 > bytes.size() ? 0 : unit_at(at + 2);
    if (unit >= 0xD800 && unit < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
      append_utf8(text, 0x10000 + ((unit - 0xD800) << 10U) + (next - 0xDC00));
      at += 2;
    } else {
      append_utf8(text, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit);
    }
  }
  return text;
}

}  // namespace

void append_utf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0U | c >> 6U);
    text += static_cast<char>(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0U | c >> 12U);
    text += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
    text += static_cast<char>(0x80U | (c & 0x3FU));
  } else {
    text += static_cast<char>(0xF0U | c >> 18U);
    text += static_cast<char>(0x80U | (c >> 12U & 0x3FU));
    text += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
    text += static_cast<char>(0x80U | (c & 0x3FU));
  }
}

std::string to_utf8(std::string_view bytes, const std::string& charset) {
  if (charset == "utf-16le") return from_utf16(bytes);
  // Microsoft's own forms hold more characters than the standards of the same name.
  const std::string form = charset == "shift_jis" ? "CP932" : charset == "euc-kr" ? "CP949" : charset == "big5" ? "CP950" : charset;
  const iconv_t converter = iconv_open("UTF-8", form.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return ascii_of(bytes);
  std::string text;
  std::array<char, 4096> room{};
  auto* from = const_cast<char*>(bytes.data());  // iconv only reads it
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = room.data();
    std::size_t free = room.size();
    const std::size_t done = iconv(converter, &from, &left, &to, &free);
    const int error = errno;
    text.append(room.data(), room.size() - free);
    if (done != static_cast<std::size_t>(-1) || error == E2BIG) continue;
    text += replacement;
    ++from;
    --left;
  }
  iconv_close(converter);
  return text;
}

bool is_charset(const std::string& name) {
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return false;
  iconv_close(converter);
  return true;
}

}  // namespace godwit
