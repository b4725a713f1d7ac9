// SPDX-License-Identifier: Apache-2.0
#include "pst/message_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "base/utf8.h"

namespace godwit::pst {
namespace {

constexpr std::size_t line_length = 76;
constexpr std::size_t bytes_in_a_word = 42;  // 56 characters of base64

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string without_controls(std::string_view text) {
  std::string clean(text);
  std::ranges::replace_if(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return clean;
}

// As many bytes as one encoded word takes, and no part of a character.
std::size_t word_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    char32_t code_point = 0;
    const std::size_t next = std::max<std::size_t>(decode_utf8(text.substr(length), code_point), 1);
    if (length + next > bytes_in_a_word) break;
    length += next;
  }
  return length;
}

std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::size_t length = word_length(text);
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", to_base64(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return words;
}

// A line is broken before a blank where that keeps it short; what has no blank stays long.
std::string folded(std::string_view line) {
  std::string whole;
  while (line.size() > line_length) {
    std::size_t blank = line.rfind(' ', line_length);
    if (blank == std::string_view::npos || line.find_first_not_of(' ') > blank) {
      blank = line.find(' ', std::min(line.find_first_not_of(' '), line.size()));
    }
    if (blank == std::string_view::npos || line.find_first_not_of(' ', blank) == std::string_view::npos) break;
    whole += line.substr(0, blank);
    whole += "\r\n";
    line.remove_prefix(blank);
  }
  whole += line;
  return whole;
}

// RFC 5322 phrase.
std::string phrase(std::string_view name) {
  const std::string clean = without_controls(name);
  if (!is_ascii(clean)) return encoded_words(clean);
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// An address that would break the field is none.
bool is_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  const bool is_whole = at != std::string_view::npos && at > 0 && at + 1 < address.size();
  return is_whole && std::ranges::none_of(address, [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '<' || c == '>' || c == ',' ||
                  c == ';' || c == ':' || c == '"';
         });
}

std::string mailbox(const Address& address) {
  if (!is_address(address.address)) return phrase(address.name.empty() ? address.address : address.name) + ":;";
  if (address.name.empty() || address.name == address.address) return fmt::format("<{}>", address.address);
  return fmt::format("{} <{}>", phrase(address.name), address.address);
}

bool is_plain_in_parameter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string text_field(std::string_view name, std::string_view text) {
  const std::string clean = without_controls(text);
  if (clean.empty()) return fmt::format("{}:\r\n", name);
  if (is_ascii(clean)) return folded(fmt::format("{}: {}", name, clean)) + "\r\n";
  return fmt::format("{}: {}\r\n", name, encoded_words(clean));
}

std::string address_field(std::string_view name, const std::vector<Address>& addresses) {
  std::string field = fmt::format("{}:", name);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    field += i == 0 ? " " : ",\r\n ";
    field += mailbox(addresses[i]);
  }
  return field + "\r\n";
}

std::string parameter(std::string_view name, std::string_view text) {
  const std::string clean = without_controls(text);
  if (!is_ascii(clean) || clean.size() > 60) {
    std::string encoded;
    for (const char c : clean)
      encoded += is_plain_in_parameter(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return fmt::format(";\r\n {}*=UTF-8''{}", name, encoded);
  }
  std::string quoted;
  for (const char c : clean) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format(";\r\n {}=\"{}\"", name, quoted);
}

std::string date_time(std::int64_t seconds) {
  constexpr std::string_view days[]{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[]{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const sys_seconds when{std::chrono::seconds(std::clamp<std::int64_t>(seconds, -62'135'596'800, 253'402'300'799))};
  const auto day = floor<std::chrono::days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(when - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view hex_digits = "0123456789ABCDEF";
  std::string whole;
  whole.reserve(text.size() + text.size() / 8);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      whole += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
    const bool is_blank = c == ' ' || c == '\t';
    const bool is_itself = (c > ' ' && c <= '~' && c != '=') || (is_blank && !ends_line);
    // "From " and "." at the start of a line are altered by old software.
    const bool is_risky = column == 0 && (c == '.' || text.substr(i).starts_with("From "));
    const std::size_t width = is_itself && !is_risky ? 1 : 3;
    if (column + width > line_length - 1) {
      whole += "=\r\n";
      column = 0;
    }
    if (width == 1) {
      whole += c;
    } else {
      whole += '=';
      whole += hex_digits[static_cast<unsigned char>(c) >> 4U];
      whole += hex_digits[static_cast<unsigned char>(c) & 0xFU];
    }
    column += width;
  }
  if (column > 0) whole += "\r\n";
  return whole;
}

std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t bytes_in_a_line = line_length / 4 * 3;
  std::string whole;
  whole.reserve(bytes.size() / 3 * 4 + bytes.size() / bytes_in_a_line * 2 + 8);
  constexpr std::size_t bytes_at_once = 1024 * bytes_in_a_line;
  for (std::size_t at = 0; at < bytes.size(); at += bytes_at_once) {
    const std::string encoded = to_base64(bytes.substr(at, bytes_at_once));
    for (std::size_t begin = 0; begin < encoded.size(); begin += line_length) whole.append(encoded, begin, line_length).append("\r\n");
  }
  return whole;
}

}  // namespace godwit::pst
