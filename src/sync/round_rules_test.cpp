// SPDX-License-Identifier: Apache-2.0
// Rounds under rules: what is left on the source, and where the rest goes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMessage;
using test::fill_with_sixty;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::ElementsAre;

Rules rules_of(const RuleTexts& texts) {
  auto rules = parse_rules(texts);
  if (!rules) throw std::runtime_error(describe(rules.error()));
  return *std::move(rules);
}

std::vector<std::string> folder_names(const RoundLab& lab) {
  std::vector<std::string> names;
  for (const auto& [name, folder] : lab.target.folders) {
    if (!test::is_probe(name)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> subjects(const MemoryFolder& folder) {
  std::vector<std::string> subjects;
  for (const MemoryMessage& message : folder.messages) subjects.push_back(message.bytes.substr(9, message.bytes.find('\r') - 9));
  return subjects;
}

std::uint64_t steps(const RoundResult& result) {
  return result.copied + result.matched + result.flags_changed + result.vanished + result.moved + result.removed +
         result.left_out.total();
}

// An old one, a new one, a large one, one that is marked \Deleted.
void fill_with_four(RoundLab& lab) {
  MemoryFolder& inbox = lab.source.folder("INBOX");
  inbox.add(message_named("old"), {}, "01-Jan-2020 10:00:00 +0000");
  inbox.add(message_named("new"), {}, "01-Jan-2024 10:00:00 +0000");
  inbox.add(message_named("large", 5000), {}, "02-Jan-2024 10:00:00 +0000");
  inbox.add(message_named("deleted"), flags_of({"\\Deleted"}), "03-Jan-2024 10:00:00 +0000");
}

TEST(RoundRules, OnlyTheFoldersThatAreWanted) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.options.rules = rules_of({.exclude = {"Projects/**"}});
  RoundResult result = lab.run();
  EXPECT_THAT(folder_names(lab), ElementsAre("Empty", "INBOX", "Sent"));
  EXPECT_EQ(result.folders_left_out, 1U);
  lab.options.rules = rules_of({.include = {"INBOX", "Projects/2024"}});
  result = lab.run();
  EXPECT_EQ(result.copied, 17U);
  EXPECT_EQ(result.removed + result.vanished + result.folders_removed, 0U) << "what is left out now was not removed on the source";
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, WhatMovesToAFolderThatIsLeftOutGoesFromTheTarget) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.source.folder("Private");
  lab.options.rules = rules_of({.exclude = {"Private"}});
  lab.run();
  MemoryFolder& inbox = lab.source.folder("INBOX");
  lab.source.folder("Private").add(inbox.messages[3].bytes);
  inbox.remove(inbox.messages[3].uid);
  EXPECT_EQ(lab.run().removed, 1U);
  EXPECT_FALSE(lab.target.folders.contains("Private"));
}

TEST(RoundRules, OtherNamesAndAllBelowOneFolder) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.target.folder("Sent").role = endpoint::Role::sent;
  lab.options.rules = rules_of({.renames = {"Projects/**=Work/**"}, .below = "Old mail"});
  lab.run();
  EXPECT_THAT(folder_names(lab), ElementsAre("Old mail/Empty", "Old mail/INBOX", "Old mail/Sent", "Old mail/Work/2024", "Sent"));
  EXPECT_EQ(lab.target.folder("Old mail/INBOX").messages.size(), 28U);
  EXPECT_EQ(lab.target.folder("Old mail/Sent").role, endpoint::Role::none) << "there is one of that role";
  EXPECT_TRUE(lab.target.folder("Sent").messages.empty());
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, MessagesThatAreLeftOutAreOnRecord) {
  RoundLab lab;
  fill_with_four(lab);
  lab.options.rules = rules_of({.since = "2023-01-01", .size_limit = "1000", .skip_deleted = true});
  RoundResult result = lab.run();
  EXPECT_THAT(subjects(lab.target.folder("INBOX")), ElementsAre("new"));
  EXPECT_EQ(result.left_out.describe(), "1 marked \\Deleted, 1 older than the first day, 1 larger than the limit");
  EXPECT_EQ(result.not_moved, 0U);
  const auto rows = lab.rows("INBOX");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].level, ledger::Level::left_out);
  EXPECT_EQ(static_cast<Verdict>(rows[0].left_out), Verdict::too_old);
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, NewMessagesAreJudgedInLaterRounds) {
  for (const bool tells_changes : {true, false}) {
    RoundLab lab;
    lab.source.tells_changes = tells_changes;
    fill_with_four(lab);
    lab.options.rules = rules_of({.until = "2024-06-01", .size_limit = "1000"});
    lab.run();
    lab.source.folder("INBOX").add(message_named("late"), {}, "01-Jul-2024 10:00:00 +0000");
    lab.source.folder("INBOX").add(message_named("early"), {}, "01-May-2024 10:00:00 +0000");
    const RoundResult result = lab.run();
    EXPECT_EQ(result.copied, 1U);
    EXPECT_EQ(result.left_out.count(Verdict::too_new), 1U);
    EXPECT_THAT(subjects(lab.target.folder("INBOX")), ElementsAre("old", "new", "deleted", "early"));
    EXPECT_EQ(steps(lab.run()), 0U);
  }
}

TEST(RoundRules, WhatIsNoLongerDeletedIsMoved) {
  for (const bool tells_changes : {true, false}) {
    RoundLab lab;
    lab.source.tells_changes = tells_changes;
    fill_with_four(lab);
    lab.options.rules = rules_of({.skip_deleted = true});
    lab.run();
    EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 3U);
    lab.source.folder("INBOX").set_flags(4, flags_of({"\\Seen"}));
    EXPECT_EQ(lab.run().copied, 1U);
    EXPECT_EQ(lab.difference(), "");
    EXPECT_EQ(steps(lab.run()), 0U);
    // And what is on the target already gets the flag as any other.
    lab.source.folder("INBOX").set_flags(1, flags_of({"\\Deleted"}));
    EXPECT_EQ(lab.run().flags_changed, 1U);
    EXPECT_EQ(lab.difference(), "");
  }
}

TEST(RoundRules, WhatWasLeftOutAndIsGoneOnTheSourceIsForgotten) {
  RoundLab lab;
  fill_with_four(lab);
  lab.options.rules = rules_of({.size_limit = "1000"});
  lab.run();
  lab.source.folder("INBOX").remove(3);
  const RoundResult result = lab.run();
  EXPECT_EQ(result.vanished + result.removed + result.kept, 0U);
  EXPECT_EQ(lab.rows("INBOX").size(), 3U);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, OtherRulesJudgeAgain) {
  RoundLab lab;
  fill_with_four(lab);
  lab.options.rules = rules_of({.since = "2023-01-01"});
  lab.run();
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 3U);
  lab.options.rules = rules_of({.since = "2019-01-01", .size_limit = "1000"});
  RoundResult result = lab.run();
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(result.removed + result.vanished, 0U) << "what was moved stays, though the rules would leave it out now";
  EXPECT_EQ(lab.difference(), "");
  lab.options.rules = {};
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, TheNewestComeFirst) {
  RoundLab lab;
  for (int i = 0; i < 400; ++i) lab.source.folder("INBOX").add(message_named(fmt::format("{}", i), i == 380 ? 5000 : 40));
  lab.options.rules = rules_of({.order = "newest-first"});
  lab.options.batch_messages = 10;
  EXPECT_EQ(lab.run().copied, 400U);
  EXPECT_EQ(lab.difference(), "");
  const auto order = subjects(lab.target.folder("INBOX"));
  EXPECT_EQ(order.at(0), "350") << "the last fifty";
  EXPECT_EQ(order.at(50), "250");
  EXPECT_EQ(order.at(150), "50");
  EXPECT_EQ(order.at(399), "49");
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundRules, AKillInTheMiddleOfARoundUnderRulesDoesNoHarm) {
  for (int kill_at = 20; kill_at < 2000; kill_at += 37) {
    RoundLab lab;
    fill_with_sixty(lab.source);
    for (int i = 0; i < 30; ++i) lab.source.folder("INBOX").add(message_named(fmt::format("old {}", i)), {}, "01-Jan-2001 10:00:00 +0000");
    lab.options.rules = rules_of({.exclude = {"Sent"}, .since = "2010-01-01", .order = "newest-first"});
    if (lab.run_and_kill(kill_at)) break;
    EXPECT_FALSE(lab.run().error);
    EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U) << kill_at;
    EXPECT_EQ(lab.target.folder("Projects/2024").messages.size(), 17U) << kill_at;
    EXPECT_EQ(steps(lab.run()), 0U) << kill_at;
  }
}

}  // namespace
}  // namespace godwit::sync
