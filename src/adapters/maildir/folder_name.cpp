// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/folder_name.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "base/utf8.h"
#include "imap/utf7.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_name = 240;  // bytes; file systems take 255, and servers add to it
constexpr std::size_t shortest_rest = 8;   // of a part that is cut
constexpr char separator = '.';

std::string of_latin_1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | byte >> 6U);
      text += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return text;
}

std::string harmless(std::string_view part) {
  std::string text(part);
  std::ranges::replace_if(
      text, [](char c) { return c == separator || c == '/' || static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '_');
  return text.empty() ? "_" : text;
}

// At most `size` bytes of UTF-8 and a digest of the whole.
std::string cut(std::string_view text, std::size_t size) {
  std::size_t end = 0;
  char32_t ignored = 0;
  while (end < text.size()) {
    const std::size_t length = std::max<std::size_t>(decode_utf8(text.substr(end), ignored), 1);
    if (end + length > size) break;
    end += length;
  }
  return std::string(text.substr(0, end)) + "~" + to_hex(sha256(text).view()).substr(0, 8);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) name += separator + encode_folder_name(part);
  return name;
}

}  // namespace

std::string decode_folder_name(std::string_view part) {
  if (auto text = imap::decode_utf7(part); text && is_utf8(*text)) return *std::move(text);
  return is_utf8(part) ? std::string(part) : of_latin_1(part);
}

std::string encode_folder_name(std::string_view part) {
  if (auto name = imap::encode_utf7(part)) return *std::move(name);
  return imap::encode_utf7(of_latin_1(part)).value_or("_");
}

endpoint::FolderPath path_of_maildir_folder(std::string_view name) {
  endpoint::FolderPath path;
  while (!name.empty()) {
    name.remove_prefix(1);  // the separator
    const std::size_t end = std::min(name.find(separator), name.size());
    path.segments.push_back(decode_folder_name(name.substr(0, end)));
    name.remove_prefix(end);
  }
  return path;
}

std::string maildir_folder_name(const endpoint::FolderPath& path) {
  if (path.is_inbox()) return std::string(inbox_name);
  std::vector<std::string> parts;
  std::ranges::transform(path.segments, std::back_inserter(parts), harmless);
  std::string name = joined(parts);
  const std::string whole = name;
  for (std::size_t rest = longest_name / 2; name.size() > longest_name && rest >= shortest_rest; rest /= 2) {
    for (std::string& part : parts) {
      if (encode_folder_name(part).size() > 2 * rest) part = cut(part, rest);
    }
    name = joined(parts);
  }
  if (name.size() > longest_name) {
    name = "." + encode_folder_name(cut(parts.front(), shortest_rest)) + "." + to_hex(sha256(whole).view()).substr(0, 32);
  }
  return name;
}

}  // namespace godwit::adapters
