// SPDX-License-Identifier: Apache-2.0
#include "imap/utf7.h"

#include <array>
#include <cstdint>

namespace godwit::imap {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr std::array<std::int8_t, 128> make_values() {
  std::array<std::int8_t, 128> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto values = make_values();

constexpr bool is_direct(unsigned char c) { return c >= 0x20 && c <= 0x7E; }

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// Takes one character off the front of `text`; nothing when that is not well-formed UTF-8 (RFC 3629).
std::optional<char32_t> take_utf8(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  const std::size_t size = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (size == 0 || text.size() < size) return std::nullopt;
  char32_t c = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    c = c << 6 | (byte(i) & 0x3F);
  }
  const bool is_overlong = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
  if (is_overlong || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return std::nullopt;
  text.remove_prefix(size);
  return c;
}

// Writes 16-bit units as one shift sequence: "&…-" without padding.
class ShiftWriter {
 public:
  explicit ShiftWriter(std::string& out) : out_(out) {}

  void put(char32_t c) {
    if (!is_open_) out_.push_back('&');
    is_open_ = true;
    if (c >= 0x10000) {
      put_unit(0xD800 + ((c - 0x10000) >> 10));
      put_unit(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      put_unit(c);
    }
  }
  void close() {
    if (!is_open_) return;
    if (bits_ > 0) out_.push_back(alphabet[buffer_ << (6 - bits_) & 0x3F]);
    out_.push_back('-');
    is_open_ = false;
    bits_ = 0;
    buffer_ = 0;
  }

 private:
  void put_unit(char32_t unit) {
    buffer_ = (buffer_ << 16 | unit) & 0x3FFFFF;
    bits_ += 16;
    while (bits_ >= 6) {
      bits_ -= 6;
      out_.push_back(alphabet[buffer_ >> bits_ & 0x3F]);
    }
  }
  std::string& out_;
  std::uint32_t buffer_ = 0;
  unsigned bits_ = 0;
  bool is_open_ = false;
};

// The text between '&' and '-'. False: not base64, or half a surrogate pair. Whether the form is canonical is checked by
// encoding again.
bool decode_shift(std::string_view base64, std::string& out) {
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  char32_t high = 0;
  for (const char c : base64) {
    const auto index = static_cast<unsigned char>(c);
    if (index >= 128 || values[index] < 0) return false;
    buffer = (buffer << 6 | static_cast<std::uint32_t>(values[index])) & 0x3FFFFF;
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    const char32_t unit = buffer >> bits & 0xFFFF;
    if (high != 0) {
      if (unit < 0xDC00 || unit >= 0xE000) return false;
      append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      high = 0;
    } else if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else if (unit >= 0xDC00 && unit < 0xE000) {
      return false;
    } else {
      append_utf8(out, unit);
    }
  }
  return high == 0;
}

}  // namespace

std::optional<std::string> encode_utf7(std::string_view text) {
  std::string wire;
  ShiftWriter shift(wire);
  while (!text.empty()) {
    const auto c = take_utf8(text);
    if (!c) return std::nullopt;
    if (*c < 0x80 && is_direct(static_cast<unsigned char>(*c))) {
      shift.close();
      wire.push_back(static_cast<char>(*c));
      if (*c == '&') wire.push_back('-');
    } else {
      shift.put(*c);
    }
  }
  shift.close();
  return wire;
}

std::optional<std::string> decode_utf7(std::string_view wire) {
  std::string text;
  for (std::string_view rest = wire; !rest.empty();) {
    const auto c = static_cast<unsigned char>(rest.front());
    if (!is_direct(c)) return std::nullopt;
    rest.remove_prefix(1);
    if (c != '&') {
      text.push_back(static_cast<char>(c));
      continue;
    }
    const std::size_t end = rest.find('-');
    if (end == std::string_view::npos) return std::nullopt;
    if (end == 0) {
      text.push_back('&');
    } else if (!decode_shift(rest.substr(0, end), text)) {
      return std::nullopt;
    }
    rest.remove_prefix(end + 1);
  }
  if (encode_utf7(text) != wire) return std::nullopt;
  return text;
}

std::string mailbox_to_wire(std::string_view name) {
  if (name.starts_with(raw_name_mark)) return std::string(name.substr(1));
  return encode_utf7(name).value_or(std::string(name));
}

}  // namespace godwit::imap
