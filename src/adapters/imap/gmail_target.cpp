// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/gmail_target.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "mime/hazards.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_path = 225;
constexpr std::size_t digest_digits = 6;

std::string segment_for_gmail(std::string_view segment) {
  std::string held;
  for (const char c : segment) {
    if (c == ' ' && (held.empty() || held.back() == ' ')) continue;
    held += c == '^' ? '_' : c;
  }
  while (!held.empty() && held.back() == ' ') held.pop_back();
  return held.empty() ? "_" : held;
}

// At the last whole character (UTF-8) within `size` bytes.
void cut(std::string& text, std::size_t size) {
  if (size >= text.size()) return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
}

}  // namespace

endpoint::FolderPath path_for_gmail(const endpoint::FolderPath& path) {
  endpoint::FolderPath held;
  std::string whole;
  for (const std::string& segment : path.segments) {
    held.segments.push_back(segment_for_gmail(segment));
    whole.append("/").append(segment);
  }
  std::string& top = held.segments.front();
  if (top == "[Gmail]" || top == "[Google Mail]") top = top.substr(1, top.size() - 2);
  std::size_t size = held.segments.size() - 1;
  for (const std::string& segment : held.segments) size += segment.size();
  if (size <= longest_path) return held;
  // From the last level on, so that what lies above stays together.
  std::string& last = held.segments.back();
  const std::size_t rest = size - last.size();
  cut(last, rest + digest_digits + 1 < longest_path ? longest_path - rest - digest_digits - 1 : 0);
  last += "-" + to_hex(sha256(whole).view()).substr(0, digest_digits);
  return held;
}

MessageFlags flags_for_gmail(MessageFlags flags) {
  flags.system &= static_cast<std::uint8_t>(~MessageFlags::deleted);
  return flags;
}

std::optional<std::string> search_for_twin(std::string_view message) {
  const std::string id = mime::header_value(message, "Message-ID");
  const std::size_t begin = id.find('<'), end = id.find('>', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  const std::string_view name = std::string_view(id).substr(begin, end + 1 - begin);
  const bool is_plain = name.size() > 2 && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  if (!is_plain) return std::nullopt;
  return "HEADER Message-ID \"" + std::string(name) + "\"";
}

}  // namespace godwit::adapters
