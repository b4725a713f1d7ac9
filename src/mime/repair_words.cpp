// SPDX-License-Identifier: Apache-2.0
#include "mime/repair_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace godwit::mime {
namespace {

constexpr std::size_t longest_word = 75;  // RFC 2047 §2
constexpr std::string_view hex_digits = "0123456789ABCDEF";

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

void append_hex(std::string& text, char mark, char c) {
  text += mark;
  text += hex_digits[byte_of(c) >> 4];
  text += hex_digits[byte_of(c) & 15U];
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); }

// 0 when it is not well formed.
std::size_t utf8_size(std::string_view text) {
  const unsigned lead = byte_of(text.front());
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_of(text[i]) & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = byte_of(text[1]);
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return is_overlong || is_no_character ? 0 : size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

// It goes into the header as it is.
bool is_sound_name(std::string_view name) {
  return name.size() < 24 && std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_one_byte(std::string_view name) {
  if (!is_sound_name(name)) return false;
  return name.starts_with("iso-8859-") || name.starts_with("windows-125") || name == "windows-874" ||
         name.starts_with("koi8-") || name == "tis-620" || name == "macintosh";
}

bool is_more_bytes(std::string_view name) {
  constexpr std::array<std::string_view, 10> names{"gb2312", "gbk",    "gb18030",        "big5",      "big5-hkscs",
                                                   "euc-kr", "euc-jp", "ks_c_5601-1987", "shift_jis", "windows-31j"};
  return std::ranges::find(names, name) != names.end();
}

// How the word's text comes out in Q, in the form that may stand anywhere (RFC 2047 §5 (3)).
void append_q(std::string& text, char c) {
  if (is_alphanumeric(c) || std::string_view("!*+-/").contains(c)) text += c;
  else if (c == ' ') text += '_';
  else append_hex(text, '=', c);
}

std::size_t q_size(std::string_view text) {
  std::string encoded;
  for (const char c : text) append_q(encoded, c);
  return encoded.size();
}

std::size_t base64_size(std::size_t size) { return (size + 2) / 3 * 4; }

// The most characters at the start of `text` whose encoding fits, one at least.
std::size_t fitting(std::string_view text, const Charset& charset, bool in_base64, std::size_t room) {
  std::size_t taken = 0;
  std::size_t q_taken = 0;
  while (taken < text.size()) {
    const std::size_t size = charset.character_size(text.substr(taken));
    q_taken += q_size(text.substr(taken, size));
    if (taken > 0 && (in_base64 ? base64_size(taken + size) : q_taken) > room) break;
    taken += size;
  }
  return taken;
}

}  // namespace

bool has_8bit(std::string_view text) { return std::ranges::any_of(text, is_8bit); }

std::size_t Charset::character_size(std::string_view text) const {
  const unsigned lead = byte_of(text.front());
  std::size_t size = 1;
  if (form == Form::utf8) {
    size = std::max<std::size_t>(utf8_size(text), 1);
  } else if (form == Form::more_bytes && lead > 0x80 && lead < 0xFF) {
    const bool is_shift_jis = name == "shift_jis" || name == "windows-31j";
    const bool is_gb_four = name == "gb18030" && text.size() > 1 && text[1] >= '0' && text[1] <= '9';
    const bool is_euc_three = name == "euc-jp" && lead == 0x8F;
    size = is_shift_jis && lead >= 0xA1 && lead <= 0xDF ? 1 : is_gb_four ? 4 : is_euc_three ? 3 : 2;
  }
  return std::min(size, text.size());
}

Charset guess_charset(std::string_view bytes, std::string_view stated) {
  if (is_utf8(bytes)) return {};
  if (is_one_byte(stated)) return {std::string(stated), Charset::Form::one_byte};
  if (is_more_bytes(stated)) return {std::string(stated), Charset::Form::more_bytes};
  const bool is_known = bytes.find_first_of("\x81\x8d\x8f\x90\x9d") == std::string_view::npos;
  return {is_known ? "windows-1252" : "unknown-8bit", Charset::Form::one_byte};
}

std::string encode_words(std::string_view text, const Charset& charset, std::size_t room, std::string_view fold) {
  const bool in_base64 = base64_size(text.size()) < q_size(text);
  const std::string head = fmt::format("=?{}?{}?", charset.name, in_base64 ? 'B' : 'Q');
  const std::size_t frame = head.size() + 2;
  std::string words;
  while (!text.empty()) {
    const std::size_t space = std::max(std::min(room, longest_word), frame) - frame;
    std::size_t taken = fitting(text, charset, in_base64, space);
    words += head;
    if (in_base64) words += to_base64(text.substr(0, taken));
    else
      for (const char c : text.substr(0, taken)) append_q(words, c);
    words += "?=";
    text.remove_prefix(taken);
    if (!text.empty()) words += fold;
    room = longest_word;
  }
  return words;
}

bool is_encoded_word(std::string_view word) {
  return word.size() > 8 && word.starts_with("=?") && word.ends_with("?=") && std::ranges::count(word, '?') == 4;
}

std::string encode_parameter(std::string_view name, std::string_view value, const Charset& charset, std::string_view fold) {
  constexpr std::size_t piece_size = 50;
  std::vector<std::string> pieces(1);
  while (!value.empty()) {
    const std::size_t size = charset.character_size(value);
    std::string encoded;
    for (const char c : value.substr(0, size)) {
      if (is_alphanumeric(c) || std::string_view("!#$&+-.^_`{|}~").contains(c)) encoded += c;
      else append_hex(encoded, '%', c);
    }
    if (pieces.back().size() + encoded.size() > piece_size) pieces.emplace_back();
    pieces.back() += encoded;
    value.remove_prefix(size);
  }
  if (pieces.size() == 1) return fmt::format("{}*={}''{}", name, charset.name, pieces.front());
  std::string result = fmt::format("{}*0*={}''{}", name, charset.name, pieces.front());
  for (std::size_t i = 1; i < pieces.size(); ++i) result += fmt::format(";{}{}*{}*={}", fold, name, i, pieces[i]);
  return result;
}

std::string to_quoted_printable(std::string_view content, std::string_view newline) {
  constexpr std::size_t longest_line = 75;  // and the "=" of a soft line break
  std::string result;
  std::size_t column = 0;
  bool is_broken = false;  // this line begins behind a soft line break
  for (std::size_t i = 0; i < content.size();) {
    const char c = content[i];
    if (content.substr(i).starts_with(newline)) {
      result += newline;
      i += newline.size();
      column = 0;
      is_broken = false;
      continue;
    }
    ++i;
    const bool ends_line = i == content.size() || content.substr(i).starts_with(newline);
    const bool is_plain = (c > ' ' && c < '\x7f' && c != '=') || ((c == ' ' || c == '\t') && !ends_line);
    if (column + (is_plain ? 1 : 3) > longest_line) {
      result += '=';
      result += newline;
      column = 0;
      is_broken = true;
    }
    if (is_plain && !(c == '-' && column == 0 && is_broken)) {
      result += c;
      ++column;
    } else {
      append_hex(result, '=', c);
      column += 3;
    }
  }
  return result;
}

std::string to_base64_lines(std::string_view content, std::string_view newline) {
  constexpr std::size_t bytes_a_line = 57;
  std::string result;
  result.reserve(base64_size(content.size()) / 76 * (76 + newline.size()) + 80);
  for (std::size_t i = 0; i < content.size(); i += bytes_a_line) {
    if (i > 0) result += newline;
    result += to_base64(content.substr(i, bytes_a_line));
  }
  return result;
}

}  // namespace godwit::mime
