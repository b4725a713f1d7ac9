// SPDX-License-Identifier: Apache-2.0
#include "inventory/inventory.h"

#include "inventory/test_inventory.h"

namespace godwit::inventory {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMailbox;
using endpoint::Owner;
using endpoint::Role;
using test::run_task;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(Inventory, CountsAnAccount) {
  MemoryMailbox mailbox;
  mailbox.facts.software = "Old Server";
  MemoryFolder& inbox = mailbox.folder("INBOX");
  inbox.add(bytes(100), {}, "01-Jan-2020 00:30:00 +0100");  // 2019 in UTC, 2020 where it was told
  inbox.add(bytes(300), flags({"\\Seen", "Label"}), "31-Dec-2021 23:59:59 +0000");
  MemoryFolder& sent = mailbox.folder("Sent");
  sent.role = Role::sent;
  sent.add(bytes(200), flags({"\\Deleted", "label", "$Forwarded"}), "01-Jun-2020 10:00:00 +0000");
  mailbox.folder("Archive/2020");
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory) << describe(inventory.error());
  EXPECT_EQ(inventory->account, "memory://source@memory");
  EXPECT_EQ(inventory->server.software, "Old Server");
  ASSERT_EQ(inventory->folders.size(), 3U);
  EXPECT_EQ(inventory->folders[0].path.display(), "INBOX");
  EXPECT_EQ(inventory->folders[0].total, (Tally{2, 400}));
  EXPECT_EQ(inventory->folders[0].largest, 300U);
  EXPECT_EQ(inventory->folders[0].expected, 2U);
  EXPECT_EQ(inventory->folders[1].path.display(), "Archive/2020");
  EXPECT_EQ(inventory->folders[1].total, Tally());
  EXPECT_EQ(inventory->folders[2].role, Role::sent);
  EXPECT_EQ(inventory->folders[2].deleted, (Tally{1, 200}));
  EXPECT_EQ(inventory->folders[2].keywords, 2U);
  EXPECT_EQ(inventory->statistics.total(), (Tally{3, 600}));
  EXPECT_THAT(inventory->statistics.years(), ElementsAre(std::pair(2020, Tally{2, 300}), std::pair(2021, Tally{1, 300})));
  EXPECT_THAT(inventory->keywords, ElementsAre(std::pair("$forwarded", 1U), std::pair("label", 2U)));
  EXPECT_THAT(codes(inventory->findings), UnorderedElementsAre("deleted_messages", "keywords"));
  EXPECT_EQ(exit_status_of(inventory->findings), 0);
}

TEST(Inventory, UidlsOfAPop3ServerBesideImap) {
  MemoryMailbox mailbox;
  for (int i = 0; i < 3; ++i) mailbox.folder("INBOX").add(bytes(100));
  mailbox.named = {{"a", 100, ""}, {"b", 100, ""}, {"c", 100, ""}};
  const auto source = adapters::make_memory_source(mailbox);
  const auto findings = [&] {
    const auto inventory = run_task(take_inventory(*source, options()));
    EXPECT_TRUE(inventory) << describe(inventory.error());
    return codes(inventory->findings);
  };
  EXPECT_THAT(findings(), IsEmpty());
  mailbox.named->pop_back();
  EXPECT_THAT(findings(), ElementsAre("uidls_missing"));
  mailbox.named_fault = Error{ErrorKind::auth, "no POP3 here", {}, {}};
  EXPECT_THAT(findings(), ElementsAre("uidls_unknown"));
}

TEST(Inventory, TheLargestMessages) {
  MemoryMailbox mailbox;
  MemoryFolder& inbox = mailbox.folder("INBOX");
  for (const std::size_t size : {5U, 90U, 20U, 70U, 20U, 1U}) inbox.add(bytes(size));
  mailbox.folder("A").add(bytes(80), {}, "02-Feb-2022 10:00:00 +0000");
  mailbox.folder("A").add(bytes(20));
  InventoryOptions how = options();
  how.largest = 4;
  how.size_limits = {19, 20, 70, 100};
  const auto inventory = inventory_of(mailbox, how);
  ASSERT_TRUE(inventory);
  const auto& largest = inventory->statistics.largest();
  ASSERT_EQ(largest.size(), 4U);
  EXPECT_EQ(largest[0], (LargeMessage{"memory://source@memory", {{"INBOX"}}, 2, 90, "01-Jan-2024 10:00:00 +0000"}));
  EXPECT_EQ(largest[1], (LargeMessage{"memory://source@memory", {{"A"}}, 1, 80, "02-Feb-2022 10:00:00 +0000"}));
  EXPECT_EQ(largest[2].size, 70U);
  EXPECT_EQ(largest[3].uid, 3U) << "of those that are of one size the first";
  EXPECT_THAT(inventory->statistics.above(), ElementsAre(std::pair(19U, Tally{6, 300}), std::pair(20U, Tally{3, 240}),
                                                         std::pair(70U, Tally{2, 170}), std::pair(100U, Tally())));
  EXPECT_EQ(finding(*inventory, "large_messages").count, 6U);
  EXPECT_THAT(finding(*inventory, "large_messages").examples,
              ElementsAre("3 messages above 20 B, 240 B together", "2 messages above 70 B, 170 B together"));
}

TEST(Inventory, NoneOfTheLargestWhereNoneAreWanted) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(5));
  InventoryOptions how = options();
  how.largest = 0;
  how.size_limits.clear();
  const auto inventory = inventory_of(mailbox, how);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(inventory->statistics.largest(), IsEmpty());
  EXPECT_THAT(inventory->findings, IsEmpty());
}

TEST(Inventory, AtWhicheverCallTheSessionIsLostTheInventoryIsTheSame) {
  MemoryMailbox mailbox;
  for (int i = 0; i < 1200; ++i) mailbox.folder(i % 2 == 0 ? "INBOX" : "B").add(bytes(7), flags({"label"}));
  mailbox.folder("C").add(bytes(9));
  const auto undisturbed = inventory_of(mailbox);
  ASSERT_TRUE(undisturbed);
  const std::uint64_t calls = mailbox.calls;
  ASSERT_GT(calls, 12U);
  for (std::uint64_t at = 1; at <= calls; ++at) {
    mailbox.lose_session_at = at;
    const auto inventory = inventory_of(mailbox);
    ASSERT_TRUE(inventory) << "call " << at << ": " << describe(inventory.error());
    EXPECT_EQ(inventory->statistics.total(), undisturbed->statistics.total()) << at;
    EXPECT_EQ(inventory->statistics.years(), undisturbed->statistics.years()) << at;
    EXPECT_EQ(inventory->statistics.largest(), undisturbed->statistics.largest()) << at;
    EXPECT_EQ(inventory->keywords, undisturbed->keywords) << at;
    EXPECT_EQ(inventory->findings, undisturbed->findings) << at;
    EXPECT_EQ(inventory->folders.size(), 3U) << at;
  }
}

TEST(Inventory, WhoeverGetsOnMayLoseAsManySessionsAsThereAre) {
  MemoryMailbox mailbox;
  for (const char* const name : {"INBOX", "A", "B", "C", "D", "E"}) mailbox.folder(name).add(bytes(7));
  mailbox.on_call = [&] {
    if (mailbox.calls % 7 == 0) mailbox.lose_session_at = 1;  // a session reads one folder
  };
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory) << describe(inventory.error());
  EXPECT_EQ(inventory->statistics.total(), (Tally{6, 42}));
}

TEST(Inventory, ALostSessionIsAnErrorInTheEnd) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(7));
  int calls = 0;
  mailbox.on_call = [&] {
    ++calls;
    mailbox.lose_session_at = 1;
  };
  const auto inventory = inventory_of(mailbox);
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().kind, ErrorKind::network);
  EXPECT_EQ(calls, 4) << "once, and three times again";
  MemoryMailbox other;
  other.folder("INBOX").add(bytes(7));
  other.lose_session_at = 3;
  const auto source = adapters::make_memory_source(other);
  const auto once = run_task([&]() -> Task<Result<AccountInventory>> {
    GODWIT_CO_TRY(const auto session, co_await source->connect());
    co_return co_await take_inventory(*session, "memory", options());
  }());
  ASSERT_FALSE(once) << "with one session there is no second one";
  EXPECT_EQ(once.error().kind, ErrorKind::network);
}

TEST(Inventory, WhatTheRulesLeaveOutIsNotCounted) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(7), flags({"\\Deleted", "label"}));
  mailbox.folder("INBOX").add(bytes(8));
  mailbox.folder("INBOX").add(bytes(900));
  mailbox.folder("user/bob").owner = Owner::other_user;
  InventoryOptions how = options();
  how.rules = sync::parse_rules({.exclude = {"user/**"}, .size_limit = "100", .skip_deleted = true}).value();
  const auto inventory = inventory_of(mailbox, how);
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->statistics.total(), (Tally{1, 8}));
  EXPECT_EQ(inventory->folders.size(), 1U);
  EXPECT_EQ(inventory->folders[0].left_out, 2U);
  EXPECT_EQ(inventory->folders_left_out, 1U);
  EXPECT_THAT(inventory->findings, IsEmpty());
}

TEST(Inventory, ProgressAndStop) {
  MemoryMailbox mailbox;
  for (int i = 0; i < 600; ++i) mailbox.folder("INBOX").add(bytes(2));
  mailbox.folder("B").add(bytes(3));
  std::vector<InventoryProgress> seen;
  ASSERT_TRUE(inventory_of(mailbox, options(), [&](const InventoryProgress& progress) {
    seen.push_back(progress);
    return true;
  }));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].messages, 601U);
  EXPECT_EQ(seen[0].messages_done, 500U);
  EXPECT_EQ(seen[1].bytes_done, 1200U);
  EXPECT_EQ(seen[2].messages_done, 601U);
  EXPECT_EQ(seen[2].folders_done, 1U);
  EXPECT_EQ(seen[2].folders, 2U);
  EXPECT_EQ(seen[2].folder, "B");

  const auto stopped = inventory_of(mailbox, options(), [](const InventoryProgress&) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::canceled);
}

TEST(Inventory, NothingIsChanged) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(7));
  ASSERT_TRUE(inventory_of(mailbox));
  EXPECT_EQ(mailbox.appends, 0U);
  EXPECT_EQ(mailbox.bodies, 0U) << "no body is read";
}

}  // namespace
}  // namespace godwit::inventory
