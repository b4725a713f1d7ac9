// SPDX-License-Identifier: Apache-2.0
// What is found unusual, of accounts in memory.
#include "inventory/test_inventory.h"

namespace godwit::inventory {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMailbox;
using endpoint::Owner;
using endpoint::Role;
using ::testing::ElementsAre;

TEST(Unusual, UnusualMessages) {
  MemoryMailbox mailbox;
  MemoryFolder& inbox = mailbox.folder("INBOX");
  inbox.add("", {}, "01-Jan-2024 10:00:00 +0000");
  inbox.add(bytes(1), {}, "");
  inbox.add(bytes(1), {}, "yesterday");
  inbox.add(bytes(1), {}, "01-Jan-1970 00:00:00 +0000");
  inbox.add(bytes(1), {}, "01-Jan-2040 00:00:00 +0000");
  inbox.add(bytes(1), {}, "01-Jan-2025 23:00:00 +0000");  // a clock that is a little ahead
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("empty_messages", "undated_messages", "odd_dates"));
  EXPECT_EQ(finding(*inventory, "empty_messages").what, "messages with a size of 0 bytes: 1");
  EXPECT_EQ(finding(*inventory, "undated_messages").count, 2U);
  EXPECT_EQ(finding(*inventory, "odd_dates").count, 2U);
  EXPECT_THAT(finding(*inventory, "odd_dates").examples, ElementsAre("INBOX (2)"));
  EXPECT_EQ(inventory->statistics.undated(), (Tally{2, 2}));
  EXPECT_EQ(exit_status_of(inventory->findings), 1);
}

TEST(Unusual, UnusualFolders) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX");
  mailbox.folder("user/bob").owner = Owner::other_user;
  mailbox.folder("user/bob").add(bytes(5));
  mailbox.folder("team").owner = Owner::shared;
  mailbox.folder("All").role = Role::all;
  mailbox.folder("calendar/Holidays");
  mailbox.folder("Calendars");
  mailbox.folder("a.b");
  mailbox.folder(" blank");
  mailbox.folder("tab\there");
  mailbox.folder(std::string(255, 'k'));
  mailbox.folder(std::string(256, 'l'));
  mailbox.folder("1/2/3/4/5/6/7/8/9/10");
  mailbox.folder("1/2/3/4/5/6/7/8/9/10/11");
  mailbox.folder("Sent");
  mailbox.folder("SENT");
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings),
              ElementsAre("long_names", "folders_of_others", "folders_shared", "folders_seen_twice", "folders_of_groupware", "awkward_names", "deep_folders",
                          "names_equal_but_for_case"));
  EXPECT_THAT(finding(*inventory, "folders_of_others").examples, ElementsAre("user/bob (1)"));
  EXPECT_EQ(finding(*inventory, "folders_of_others").what, "not moved: 1 folders of other users with 1 message");
  EXPECT_THAT(finding(*inventory, "folders_shared").examples, ElementsAre("team (0)"));
  EXPECT_TRUE(std::ranges::none_of(inventory->folders, [](const auto& folder) { return folder.owner != Owner::account; }));
  EXPECT_THAT(finding(*inventory, "folders_of_groupware").examples, ElementsAre("calendar/Holidays"));
  EXPECT_THAT(finding(*inventory, "awkward_names").examples, ElementsAre(" blank", "a.b", "tab\\x09here"));
  EXPECT_EQ(finding(*inventory, "long_names").count, 1U);
  EXPECT_THAT(finding(*inventory, "deep_folders").examples, ElementsAre("1/2/3/4/5/6/7/8/9/10/11"));
  EXPECT_THAT(finding(*inventory, "names_equal_but_for_case").examples, ElementsAre("SENT = Sent"));
  EXPECT_EQ(finding(*inventory, "names_equal_but_for_case").count, 2U);
}

TEST(Unusual, FoldersThatCannotBeOpened) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(10));
  mailbox.folder("Locked").add(bytes(10));
  mailbox.folder("Locked too");  // STATUS says that nothing is in it
  mailbox.unopenable = {"Locked", "Locked too"};
  auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->statistics.total(), (Tally{1, 10}));
  EXPECT_THAT(codes(inventory->findings), ElementsAre("folders_not_opened"));
  EXPECT_THAT(finding(*inventory, "folders_not_opened").examples, ElementsAre("Locked"));
  EXPECT_EQ(inventory->folders[1].trouble.value().server_text, "no such folder");

  mailbox.unopenable = {"INBOX"};
  mailbox.folder("INBOX").remove(1);  // it is opened, whatever STATUS says
  inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("inbox_not_opened"));
  EXPECT_EQ(worst_of(inventory->findings), Severity::stop);
}

TEST(Unusual, FoldersWhoseStateIsNotToldAreOpened) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX");
  mailbox.folder("Locked").uid_validity = 0;
  mailbox.unopenable = {"Locked"};
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("folders_not_opened"));
}

TEST(Unusual, AListThatLacksMessages) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(10));
  mailbox.folder("INBOX").add(bytes(10));
  mailbox.incomplete_lists = 1;
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("messages_not_listed"));
  EXPECT_EQ(finding(*inventory, "messages_not_listed").count, 1U);
}

TEST(Unusual, ManyMessagesAndManyKeywords) {
  MemoryMailbox mailbox;
  MemoryFolder& inbox = mailbox.folder("INBOX");
  for (int i = 0; i < 26; ++i) inbox.add(bytes(1), flags({("k" + std::to_string(i)).c_str()}));
  InventoryOptions how = options();
  how.many_messages = 26;
  auto inventory = inventory_of(mailbox, how);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("keywords"));
  inbox.add(bytes(1), flags({"K27", "k1"}));
  inventory = inventory_of(mailbox, how);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("vast_folders", "many_keywords", "keywords"));
  EXPECT_EQ(finding(*inventory, "vast_folders").what, "folders with more than 26 messages: 1");
  EXPECT_EQ(finding(*inventory, "keywords").what, "keywords in use: 27");
  EXPECT_EQ(finding(*inventory, "keywords").examples.size(), most_examples);
}

TEST(Unusual, KeywordsWithoutEnd) {
  MemoryMailbox mailbox;
  for (int i = 0; i < 1500; ++i) mailbox.folder(i < 900 ? "INBOX" : "B").add(bytes(1), flags({("k" + std::to_string(i)).c_str()}));
  mailbox.folder("C").add(bytes(1), flags({"k5"}));
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->keywords.size(), 1000U);
  EXPECT_EQ(inventory->keywords.at("k5"), 2U) << "those that are known are counted on";
  EXPECT_TRUE(inventory->has_more_keywords);
  EXPECT_EQ(finding(*inventory, "keywords").what, "keywords in use: more than 1,000");
}

}  // namespace
}  // namespace godwit::inventory
