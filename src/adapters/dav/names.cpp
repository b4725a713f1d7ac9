// SPDX-License-Identifier: Apache-2.0
#include "adapters/dav/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

bool is_letter_or_digit(char c) { return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9'); }

bool is_safe(std::string_view uid) {
  constexpr std::size_t longest = 120;  // some file systems below a server take no more than 143 bytes
  return !uid.empty() && uid.size() <= longest && is_letter_or_digit(uid.front()) &&
         std::ranges::all_of(uid, [](char c) { return is_letter_or_digit(c) || std::string_view("-_.@").contains(c); });
}

// A content line as it was before it was folded (RFC 5545 section 3.1), without its end.
std::string unfolded(std::string_view lines) {
  std::string line;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] == '\r' || lines[i] == '\n') {
      if (lines[i] == '\n' && i + 1 < lines.size()) ++i;  // and the blank that follows
    } else {
      line += lines[i];
    }
  }
  return line;
}

// The line with its parameters' SCHEDULE-AGENT left out. Quoted values may hold semicolons and colons.
std::string without_agent(const std::string& line) {
  std::string result;
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') is_quoted = !is_quoted;
    if (!is_quoted && line[i] == ':') return result + line.substr(i);
    if (!is_quoted && line[i] == ';' && starts_with_ignoring_case(std::string_view(line).substr(i + 1), "SCHEDULE-AGENT=")) {
      bool is_inside = false;
      for (++i; i < line.size() && (is_inside || (line[i] != ';' && line[i] != ':')); ++i) {
        if (line[i] == '"') is_inside = !is_inside;
      }
      --i;
      continue;
    }
    result += line[i];
  }
  return result;
}

bool has_agent(std::string_view line) {
  return without_agent(std::string(line)) != line;
}

// In pieces of at most 75 bytes, between characters of UTF-8.
std::string folded(std::string_view line, std::string_view end) {
  constexpr std::size_t longest = 75;
  std::string result;
  for (std::size_t room = longest; line.size() > room; room = longest - 1) {
    std::size_t cut = room;
    while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
    result.append(line.substr(0, cut)).append(end).append(" ");
    line.remove_prefix(cut);
  }
  return result.append(line).append(end);
}

constexpr std::string_view agent = ";SCHEDULE-AGENT=CLIENT";

// `lines`: one content line as it is folded, with its end.
std::string by_client(std::string_view lines, std::size_t name_size) {
  const std::string_view end = lines.ends_with("\r\n") ? "\r\n" : lines.ends_with('\n') ? "\n" : "";
  const std::string_view content = lines.substr(0, lines.size() - end.size());
  const std::string line = unfolded(content);
  if (!has_agent(line)) {
    // The rest follows as it was, in a folded line of its own.
    const std::string_view fold = end.empty() ? "\r\n" : end;
    return fmt::format("{}{}{} {}{}", content.substr(0, name_size), agent, fold, content.substr(name_size), end);
  }
  std::string rest = without_agent(line);
  return folded(rest.insert(name_size, agent), end.empty() ? std::string_view("\r\n") : end);
}

// Where the next content line begins, with the folded lines that belong to it.
std::size_t end_of_line(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  do {
    const auto found = text.find('\n', end);
    end = found == std::string_view::npos ? text.size() : found + 1;
  } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
  return end;
}

}  // namespace

std::string resource_name(std::string_view uid, CollectionKind kind) {
  const std::string_view suffix = kind == CollectionKind::address_book ? ".vcf" : ".ics";
  return (is_safe(uid) ? std::string(uid) : to_hex(sha256(uid).view().substr(0, 16))) + std::string(suffix);
}

std::string collection_name(std::string_view proposal, CollectionKind kind, unsigned attempt) {
  constexpr std::size_t longest = 60;
  std::string name;
  for (const char c : proposal.substr(0, longest)) {
    if (is_letter_or_digit(c) || c == '_') name += ascii_lower(c);
    else if (!name.empty() && !name.ends_with('-')) name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  if (name.empty()) name = kind == CollectionKind::address_book ? "contacts" : "calendar";
  return attempt < 2 ? name : fmt::format("{}-{}", name, attempt);
}

std::string without_scheduling(std::string_view calendar) {
  std::string result;
  result.reserve(calendar.size() + 256);
  for (std::size_t begin = 0; begin < calendar.size();) {
    const std::size_t end = end_of_line(calendar, begin);
    const std::string_view lines = calendar.substr(begin, end - begin);
    const std::size_t name_size = std::min(lines.find_first_of(";:\r\n"), lines.size());
    const std::string_view name = lines.substr(0, name_size);
    const bool is_person = equals_ignoring_case(name, "ATTENDEE") || equals_ignoring_case(name, "ORGANIZER");
    result += is_person ? by_client(lines, name_size) : std::string(lines);
    begin = end;
  }
  return result;
}

std::string with_crlf(std::string bytes) {
  std::size_t bare = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) bare += bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r');
  if (bare == 0) return bytes;
  std::string result;
  result.reserve(bytes.size() + bare);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) result += '\r';
    result += bytes[i];
  }
  return result;
}

}  // namespace godwit::adapters
