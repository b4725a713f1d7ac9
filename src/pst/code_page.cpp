// SPDX-License-Identifier: Apache-2.0
#include "pst/code_page.h"

#include <fmt/format.h>
#include <iconv.h>

#include <array>
#include <cerrno>

#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string ascii_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += static_cast<unsigned char>(c) < 0x80 ? std::string_view(&c, 1) : replacement;
  return text;
}

// The form of most texts: without iconv, which costs more than all the rest of a short one.
std::string from_utf16(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 2);
  const auto unit_at = [&](std::size_t at) { return static_cast<char32_t>(number_at<std::uint16_t>(bytes, at)); };
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

std::string charset_of(std::uint32_t code_page) {
  if (code_page >= 28591 && code_page <= 28605) return fmt::format("iso-8859-{}", code_page - 28590);
  if (code_page >= 1250 && code_page <= 1258) return fmt::format("windows-{}", code_page);
  switch (code_page) {
    case 65001: return "utf-8";
    case 1200: return "utf-16le";
    case 20127: return "us-ascii";
    case 20866: return "koi8-r";
    case 21866: return "koi8-u";
    case 932: return "shift_jis";
    case 936: return "gbk";
    case 949: return "euc-kr";
    case 950: return "big5";
    case 50220:
    case 50221:
    case 50222: return "iso-2022-jp";
    case 51932: return "euc-jp";
    case 51949: return "euc-kr";
    case 54936: return "gb18030";
    default: return fmt::format("cp{}", code_page);
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

}  // namespace godwit::pst
