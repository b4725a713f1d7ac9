// SPDX-License-Identifier: Apache-2.0
#include "inventory/same_mailbox.h"

#include <algorithm>
#include <map>

namespace godwit::inventory {
namespace {

// Between two looks at one mailbox: so many messages may have come or gone, or a twentieth of them.
constexpr std::uint64_t usual_change = 10;

bool is_near(std::uint64_t left, std::uint64_t right) {
  const auto [few, many] = std::minmax(left, right);
  return many - few <= std::max(usual_change, many / 20);
}

}  // namespace

bool is_likely_same(const InboxMark& left, const InboxMark& right) {
  if (left.uid_validity == 0 || left.uid_validity != right.uid_validity || !is_near(left.messages, right.messages)) return false;
  const std::size_t common = std::min(left.first.size(), right.first.size());
  return common > 0 && std::equal(left.first.begin(), left.first.begin() + static_cast<std::ptrdiff_t>(common), right.first.begin());
}

std::vector<std::vector<std::size_t>> find_same_mailboxes(std::span<const InboxMark> marks) {
  std::vector<std::vector<std::size_t>> groups;
  std::multimap<std::uint32_t, std::size_t> by_validity;  // the groups
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const auto [begin, end] = by_validity.equal_range(marks[i].uid_validity);
    const auto known =
        std::find_if(begin, end, [&](const auto& entry) { return is_likely_same(marks[groups[entry.second].front()], marks[i]); });
    if (known != end) {
      groups[known->second].push_back(i);
    } else {
      by_validity.emplace(marks[i].uid_validity, groups.size());
      groups.push_back({i});
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

}  // namespace godwit::inventory
