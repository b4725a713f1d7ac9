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

}  // namespace

std::string to_utf8(std::string_view bytes, const std::string& charset) {
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
