// SPDX-License-Identifier: Apache-2.0
#include "base/message_flags.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace godwit {
namespace {

constexpr std::array<std::pair<std::string_view, MessageFlags::System>, 5> system_flags{{
    {"\\Answered", MessageFlags::answered},
    {"\\Flagged", MessageFlags::flagged},
    {"\\Deleted", MessageFlags::deleted},
    {"\\Seen", MessageFlags::seen},
    {"\\Draft", MessageFlags::draft},
}};

bool less_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::lexicographical_compare(left, right, {}, ascii_lower, ascii_lower);
}

}  // namespace

void MessageFlags::add(std::string_view flag) {
  if (flag.starts_with('\\')) {
    for (const auto& [name, bit] : system_flags) {
      if (equals_ignoring_case(flag, name)) {
        system = static_cast<std::uint8_t>(system | bit);
        return;
      }
    }
    if (equals_ignoring_case(flag, "\\Recent")) return;
  }
  const auto position = std::ranges::lower_bound(keywords, flag, less_ignoring_case);
  if (position != keywords.end() && equals_ignoring_case(*position, flag)) return;
  keywords.insert(position, std::string(flag));
}

bool MessageFlags::has_keyword(std::string_view keyword) const {
  return std::ranges::any_of(keywords, [&](const std::string& k) { return equals_ignoring_case(k, keyword); });
}

MessageFlags MessageFlags::without(const MessageFlags& other) const {
  MessageFlags result;
  result.system = static_cast<std::uint8_t>(system & ~other.system);
  for (const std::string& keyword : keywords) {
    if (!other.has_keyword(keyword)) result.keywords.push_back(keyword);
  }
  return result;
}

void MessageFlags::add_all(const MessageFlags& other) {
  system = static_cast<std::uint8_t>(system | other.system);
  for (const std::string& keyword : other.keywords) add(keyword);
}

std::string MessageFlags::to_string() const {
  std::string text;
  for (const auto& [name, bit] : system_flags) {
    if ((system & bit) != 0) text.append(text.empty() ? "" : " ").append(name);
  }
  for (const std::string& keyword : keywords) text.append(text.empty() ? "" : " ").append(keyword);
  return text;
}

bool operator==(const MessageFlags& left, const MessageFlags& right) {
  return left.system == right.system &&
         std::ranges::equal(left.keywords, right.keywords,
                            [](const auto& a, const auto& b) { return equals_ignoring_case(a, b); });
}

}  // namespace godwit
