// SPDX-License-Identifier: Apache-2.0
#include "inventory/same_mailbox.h"

#include <gmock/gmock.h>

#include "inventory/test_inventory.h"

namespace godwit::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InboxMark mark(std::uint32_t uid_validity, std::uint64_t messages, Uid first_uid = 1) {
  InboxMark result{.uid_validity = uid_validity, .messages = messages, .first = {}};
  for (Uid i = 0; i < messages; ++i) {
    endpoint::Item item;
    item.uid = first_uid + i;
    item.size = 100 + i;
    item.date = "01-Jan-2024 10:00:00 +0000";
    result.add(item);
  }
  return result;
}

TEST(SameMailbox, TheSame) {
  EXPECT_TRUE(is_likely_same(mark(7, 100), mark(7, 100)));
  EXPECT_TRUE(is_likely_same(mark(7, 100), mark(7, 110))) << "mail has come between the two looks";
  EXPECT_TRUE(is_likely_same(mark(7, 1000), mark(7, 1050)));
  EXPECT_TRUE(is_likely_same(mark(7, 1), mark(7, 3)));
}

TEST(SameMailbox, Another) {
  EXPECT_FALSE(is_likely_same(mark(7, 100), mark(8, 100)));
  EXPECT_FALSE(is_likely_same(mark(0, 100), mark(0, 100))) << "without UIDVALIDITY nothing is known";
  EXPECT_FALSE(is_likely_same(mark(7, 0), mark(7, 0))) << "made in the same second";
  EXPECT_FALSE(is_likely_same(mark(7, 0), mark(7, 1)));
  EXPECT_FALSE(is_likely_same(mark(7, 100), mark(7, 111)));
  EXPECT_FALSE(is_likely_same(mark(7, 100), mark(7, 100, 2)));
  InboxMark other = mark(7, 100);
  other.first[19].size += 1;
  EXPECT_FALSE(is_likely_same(mark(7, 100), other));
  other = mark(7, 100);
  other.first[0].date = "01-Jan-2024 10:00:01 +0000";
  EXPECT_FALSE(is_likely_same(mark(7, 100), other));
}

TEST(SameMailbox, NoMoreThanTwentyMessagesAreKept) { EXPECT_EQ(mark(7, 21).first.size(), 20U); }

TEST(SameMailbox, Groups) {
  const std::vector<InboxMark> marks{mark(7, 5), mark(8, 5), mark(7, 5, 9), mark(7, 6), mark(9, 0), mark(9, 0), mark(8, 5), mark(7, 5)};
  EXPECT_THAT(find_same_mailboxes(marks), ElementsAre(ElementsAre(0, 3, 7), ElementsAre(1, 6)));
  EXPECT_THAT(find_same_mailboxes({}), IsEmpty());
}

TEST(SameMailbox, AnInventoryHasTheMark) {
  adapters::MemoryMailbox mailbox;
  mailbox.folder("INBOX").uid_validity = 12;
  for (int i = 0; i < 30; ++i) mailbox.folder("INBOX").add(bytes(static_cast<std::size_t>(10 + i)));
  mailbox.folder("Sent").add(bytes(99));
  InventoryOptions settings = options();
  settings.rules.size_limit = 5;  // the mark is the server's state, whatever the rules leave out
  const InboxMark of_inbox = inventory_of(mailbox, settings).value().inbox;
  EXPECT_EQ(of_inbox.uid_validity, 12U);
  EXPECT_EQ(of_inbox.messages, 30U);
  ASSERT_EQ(of_inbox.first.size(), 20U);
  EXPECT_EQ(of_inbox.first[2], (InboxMark::Message{3, 12, "01-Jan-2024 10:00:00 +0000"}));
}

}  // namespace
}  // namespace godwit::inventory
