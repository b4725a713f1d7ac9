// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/keywords.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr unsigned most_keywords = 26;

std::string_view take_line(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  return line;
}

bool is_keyword(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
}

}  // namespace

MaildirKeywords MaildirKeywords::parse(std::string_view text) {
  MaildirKeywords keywords;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const auto number = parse_number<unsigned>(line.substr(0, blank));
    if (number && *number < most_keywords && is_keyword(line.substr(blank + 1))) keywords.names_.emplace(*number, line.substr(blank + 1));
  }
  return keywords;
}

std::string MaildirKeywords::text() const {
  std::string text;
  for (const auto& [number, name] : names_) text += fmt::format("{} {}\n", number, name);
  return text;
}

void MaildirKeywords::add_keywords(std::string_view letters, MessageFlags& flags) const {
  for (const char letter : letters) {
    const auto known = letter >= 'a' && letter <= 'z' ? names_.find(static_cast<unsigned>(letter - 'a')) : names_.end();
    if (known != names_.end()) flags.add(known->second);
  }
}

std::optional<char> MaildirKeywords::letter_of(std::string_view keyword) const {
  const auto known = std::ranges::find_if(names_, [&](const auto& each) { return equals_ignoring_case(each.second, keyword); });
  if (known == names_.end()) return std::nullopt;
  return static_cast<char>('a' + known->first);
}

bool MaildirKeywords::learn(std::string_view keyword) {
  if (letter_of(keyword)) return true;
  if (!is_keyword(keyword)) return false;
  unsigned number = 0;
  while (names_.contains(number)) ++number;
  if (number >= most_keywords) return false;
  names_.emplace(number, keyword);
  return true;
}

std::map<std::string, MessageFlags> parse_courier_keywords(std::string_view text) {
  std::vector<std::string_view> keywords;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    keywords.push_back(line);
  }
  std::map<std::string, MessageFlags> by_name;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    MessageFlags& flags = by_name[std::string(line.substr(0, colon))];
    std::string_view numbers = line.substr(colon + 1);
    while (!numbers.empty()) {
      const std::size_t blank = numbers.find(' ');
      const auto number = parse_number<std::size_t>(numbers.substr(0, blank));
      if (number && *number < keywords.size() && is_keyword(keywords[*number])) flags.add(keywords[*number]);
      numbers.remove_prefix(blank == std::string_view::npos ? numbers.size() : blank + 1);
    }
  }
  return by_name;
}

}  // namespace godwit::adapters
