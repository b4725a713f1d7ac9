// SPDX-License-Identifier: Apache-2.0
#include "inventory/inventory.h"

#include <gmock/gmock.h>

#include "adapters/memory/memory.h"
#include "tests/support/run_task.h"

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

std::string bytes(std::size_t size) { return std::string(size, 'x'); }

MessageFlags flags(std::initializer_list<const char*> names) {
  MessageFlags result;
  for (const char* const name : names) result.add(name);
  return result;
}

InventoryOptions options() {
  InventoryOptions result;
  result.now = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);
  result.pause = std::chrono::milliseconds(0);
  return result;
}

Result<AccountInventory> inventory_of(MemoryMailbox& mailbox, const InventoryOptions& how = options(), OnProgress on_progress = {}) {
  const auto source = adapters::make_memory_source(mailbox);
  return run_task(take_inventory(*source, how, std::move(on_progress)));
}

std::vector<std::string> codes(const std::vector<Finding>& findings) {
  std::vector<std::string> result;
  for (const Finding& finding : findings) result.push_back(finding.code);
  return result;
}

const Finding& finding(const AccountInventory& inventory, const std::string& code) {
  const auto found = std::ranges::find(inventory.findings, code, &Finding::code);
  static const Finding none{Severity::ok, "none", {}, {}, 0, {}};
  EXPECT_NE(found, inventory.findings.end()) << code;
  return found == inventory.findings.end() ? none : *found;
}

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

TEST(Inventory, UnusualMessages) {
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

TEST(Inventory, UnusualFolders) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX");
  mailbox.folder("user/bob").owner = Owner::other_user;
  mailbox.folder("team").owner = Owner::shared;
  mailbox.folder("All").role = Role::all;
  mailbox.folder("calendar/Holidays");
  mailbox.folder("Calendars");
  mailbox.folder("a.b");
  mailbox.folder(" blank");
  mailbox.folder("tab\there");
  mailbox.folder(std::string(256, 'l'));
  mailbox.folder("1/2/3/4/5/6/7/8/9/10");
  mailbox.folder("1/2/3/4/5/6/7/8/9/10/11");
  mailbox.folder("Sent");
  mailbox.folder("SENT");
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings),
              ElementsAre("folders_of_others", "long_names", "folders_seen_twice", "folders_of_groupware", "awkward_names", "deep_folders",
                          "names_equal_but_for_case"));
  EXPECT_THAT(finding(*inventory, "folders_of_others").examples, ElementsAre("team", "user/bob"));
  EXPECT_EQ(finding(*inventory, "folders_of_others").what, "folders that belong to other users or are shared: 2");
  EXPECT_THAT(finding(*inventory, "folders_of_groupware").examples, ElementsAre("calendar/Holidays"));
  EXPECT_THAT(finding(*inventory, "awkward_names").examples, ElementsAre(" blank", "a.b", "tab\\x09here"));
  EXPECT_THAT(finding(*inventory, "deep_folders").examples, ElementsAre("1/2/3/4/5/6/7/8/9/10/11"));
  EXPECT_THAT(finding(*inventory, "names_equal_but_for_case").examples, ElementsAre("SENT = Sent"));
  EXPECT_EQ(finding(*inventory, "names_equal_but_for_case").count, 2U);
}

TEST(Inventory, FoldersThatCannotBeOpened) {
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
  inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("inbox_not_opened"));
  EXPECT_EQ(worst_of(inventory->findings), Severity::stop);
}

TEST(Inventory, AListThatLacksMessages) {
  MemoryMailbox mailbox;
  mailbox.folder("INBOX").add(bytes(10));
  mailbox.folder("INBOX").add(bytes(10));
  mailbox.incomplete_lists = 1;
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(codes(inventory->findings), ElementsAre("messages_not_listed"));
  EXPECT_EQ(finding(*inventory, "messages_not_listed").count, 1U);
}

TEST(Inventory, ManyMessagesAndManyKeywords) {
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

TEST(Inventory, KeywordsWithoutEnd) {
  MemoryMailbox mailbox;
  for (int i = 0; i < 1500; ++i) mailbox.folder(i < 900 ? "INBOX" : "B").add(bytes(1), flags({("k" + std::to_string(i)).c_str()}));
  const auto inventory = inventory_of(mailbox);
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->keywords.size(), 1000U);
  EXPECT_TRUE(inventory->has_more_keywords);
  EXPECT_EQ(finding(*inventory, "keywords").what, "keywords in use: more than 1,000");
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

TEST(Statistics, MergedIsAsIfCountedAtOnce) {
  const std::vector<std::uint64_t> limits{10, 50};
  Statistics all(3, limits), left(3, limits), right(3, limits);
  const auto date = InternalDate::parse("01-Jan-2020 00:00:00 +0000");
  for (std::uint64_t size = 1; size <= 100; ++size) {
    const auto when = size % 10 == 0 ? std::nullopt : date;
    for (Statistics* const one : {&all, size % 3 == 0 ? &left : &right}) {
      one->add(size, when);
      if (one->wants(size)) one->keep({{}, {{"INBOX"}}, static_cast<Uid>(size), size, {}});
    }
  }
  left.merge(right);
  EXPECT_EQ(left.total(), all.total());
  EXPECT_EQ(left.years(), all.years());
  EXPECT_EQ(left.undated(), (Tally{10, 550}));
  EXPECT_EQ(left.above(50), (Tally{50, 3775}));
  EXPECT_EQ(left.above(51), Tally());
  EXPECT_EQ(left.largest(), all.largest());
  EXPECT_EQ(all.largest().front().size, 100U);
}

TEST(Findings, SeverityAndStatus) {
  std::vector<Finding> findings;
  EXPECT_EQ(worst_of(findings), Severity::ok);
  const auto add = [&](Severity severity, const char* code) { findings.push_back({severity, code, {}, {}, 0, {}}); };
  add(Severity::ok, "a");
  add(Severity::note, "b");
  EXPECT_EQ(exit_status_of(findings), 0);
  add(Severity::warning, "c");
  EXPECT_EQ(exit_status_of(findings), 1);
  add(Severity::note, "d");
  add(Severity::stop, "e");
  add(Severity::warning, "f");
  EXPECT_EQ(worst_of(findings), Severity::stop);
  sort_by_severity(findings);
  EXPECT_THAT(codes(findings), ElementsAre("e", "c", "f", "b", "d", "a"));
}

}  // namespace
}  // namespace godwit::inventory
