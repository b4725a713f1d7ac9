// SPDX-License-Identifier: Apache-2.0
#include "endpoint/extras.h"

#include <algorithm>
#include <utility>

namespace godwit::endpoint {
namespace {

using Kind = Identity::Kind;

constexpr std::array words{std::pair{Kind::anyone, std::string_view("anyone")},
                           std::pair{Kind::authenticated, std::string_view("authenticated")},
                           std::pair{Kind::anonymous, std::string_view("anonymous")},
                           std::pair{Kind::owner, std::string_view("owner")}};
constexpr std::string_view group_prefix = "group:", user_prefix = "user:";

constexpr std::array<std::string_view, right_count> right_names{
    "see the folder",      "read",
    "keep what was read",  "change flags",
    "insert messages",     "post",
    "make folders",        "remove the folder",
    "mark as deleted",     "expunge",
    "administer",          "annotate"};

}  // namespace

std::string Identity::text() const {
  if (kind == Kind::group) return std::string(group_prefix) + name;
  const auto* const word = std::ranges::find(words, kind, [](const auto& one) { return one.first; });
  if (word != words.end()) return std::string(word->second);
  return parse(name) == *this ? name : std::string(user_prefix) + name;
}

Identity Identity::parse(std::string_view text) {
  const auto* const word = std::ranges::find(words, text, [](const auto& one) { return one.second; });
  if (word != words.end()) return {word->first, {}};
  if (text.starts_with(group_prefix)) return {Kind::group, std::string(text.substr(group_prefix.size()))};
  if (text.starts_with(user_prefix)) return {Kind::user, std::string(text.substr(user_prefix.size()))};
  return {Kind::user, std::string(text)};
}

std::string_view name_of(Right right) { return right_names.at(static_cast<std::size_t>(right)); }

std::string Rights::text() const {
  std::string text;
  for (std::size_t i = 0; i < right_count; ++i) {
    const auto right = static_cast<Right>(i);
    if (has(right)) text.append(text.empty() ? "" : ", ").append(name_of(right));
  }
  return text.empty() ? "none" : text;
}

}  // namespace godwit::endpoint
