// SPDX-License-Identifier: Apache-2.0
// Whether two login names of one server are likely the same mailbox: no protocol says so, but two mailboxes hardly have the same
// UIDVALIDITY of their INBOX and the same first messages with the same UIDs, sizes and dates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "endpoint/types.h"

namespace godwit::inventory {

// What an INBOX is known by again.
struct InboxMark {
  static constexpr std::size_t most_messages = 20;
  struct Message {
    Uid uid = 0;
    std::uint64_t size = 0;  // bytes
    std::string date{};      // as the server told it
    friend bool operator==(const Message&, const Message&) = default;
  };
  std::uint32_t uid_validity = 0;
  std::uint64_t messages = 0;    // in the INBOX
  std::vector<Message> first{};  // of them, ascending by UID; at most most_messages

  void add(const endpoint::Item& item) {
    if (first.size() < most_messages) first.push_back({item.uid, item.size, item.date});
  }
  friend bool operator==(const InboxMark&, const InboxMark&) = default;
};

// False where nothing can be said: an INBOX without a message, or without UIDVALIDITY. While people work the two looks may differ by
// new messages, and by those that were removed.
[[nodiscard]] bool is_likely_same(const InboxMark& left, const InboxMark& right);

// Groups of two or more indices of `marks`, each ascending, in the order of their first ones.
[[nodiscard]] std::vector<std::vector<std::size_t>> find_same_mailboxes(std::span<const InboxMark> marks);

}  // namespace godwit::inventory
