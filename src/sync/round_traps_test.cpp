// SPDX-License-Identifier: Apache-2.0
// Rounds against what single servers are known to do; docs/traps.md has the list.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMessage;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string poisoned(const std::string& name) { return "X-Fault: yes\r\n" + message_named(name); }

// Yahoo: one message that the server fails at, for ever.
TEST(RoundTraps, AMessageThatTheSourceFailsAtIsNamedAndTheOthersAreMoved) {
  RoundLab lab;
  lab.options.quiet_time = std::chrono::milliseconds(1);
  for (int i = 0; i < 30; ++i) lab.source.folder("INBOX").add(i % 10 == 7 ? poisoned(std::to_string(i)) : message_named(std::to_string(i)));
  RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 27U);
  EXPECT_EQ(result.not_moved, 3U);
  ASSERT_EQ(lab.problems().size(), 3U);
  EXPECT_EQ(lab.problems()[0].source_uid, 8U);
  EXPECT_EQ(lab.problems()[0].server_text, "[SERVERBUG] Server error");
  EXPECT_THAT(lab.problems()[0].reason, HasSubstr("3 times"));
  lab.source.faults = 0;
  result = lab.run();
  EXPECT_EQ(result.copied, 3U);
  EXPECT_THAT(lab.problems(), IsEmpty());
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundTraps, AFaultThatPassesCostsNoMessage) {
  for (const std::size_t faults : {1U, 2U, 3U}) {
    RoundLab lab;
    lab.options.quiet_time = std::chrono::milliseconds(1);
    for (int i = 0; i < 30; ++i) lab.source.folder("INBOX").add(i == 7 ? poisoned("seven") : message_named(std::to_string(i)));
    lab.source.faults = faults;
    const RoundResult result = lab.run();
    EXPECT_EQ(result.copied, 30U) << faults;
    EXPECT_EQ(result.not_moved, 0U) << faults;
    EXPECT_EQ(lab.difference(), "");
  }
}

TEST(RoundTraps, AServerThatFailsAtEverythingIsNotTakenForBadMessages) {
  RoundLab lab;
  lab.options.quiet_time = std::chrono::milliseconds(1);
  lab.options.first_pause = std::chrono::milliseconds(1);
  for (int i = 0; i < 60; ++i) lab.source.folder("INBOX").add(poisoned(std::to_string(i)));
  const RoundResult ill = lab.run();
  ASSERT_TRUE(ill.error);
  EXPECT_EQ(ill.error->kind, ErrorKind::unavailable);
  lab.source.faults = 0;
  EXPECT_EQ(lab.run_until_complete().not_moved, 0U);
  EXPECT_EQ(lab.difference(), "");
}

// Exchange loses \Flagged when it comes with APPEND.
TEST(RoundTraps, FlagsThatAnAppendLosesAreSetBehindIt) {
  for (const bool streamed : {true, false}) {
    RoundLab lab;
    lab.target.late_flags = MessageFlags::flagged;
    if (streamed) lab.source.streamed_above = 10;
    const MessageFlags flags = flags_of({"\\Seen", "\\Flagged", "work"});
    for (int i = 0; i < 10; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)), flags);
    lab.source.folder("INBOX").add(message_named("plain"), flags_of({"\\Seen"}));
    const RoundResult result = lab.run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(result.flags_changed, 10U);
    EXPECT_EQ(lab.difference(), "");
    EXPECT_EQ(lab.run().flags_changed, 0U) << "once, not each round";
  }
}

TEST(RoundTraps, AKillBetweenAMessageAndItsFlagLeavesNoneWithout) {
  for (int kill_at = 20; kill_at < 2000; kill_at += 7) {
    RoundLab lab;
    lab.options.quiet_time = std::chrono::milliseconds(1);
    lab.target.late_flags = MessageFlags::flagged;
    for (int i = 0; i < 4; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)), flags_of({"\\Flagged"}));
    if (lab.run_and_kill(kill_at)) break;
    ASSERT_FALSE(lab.run_until_complete().error) << kill_at;
    ASSERT_EQ(lab.difference(), "") << kill_at;
  }
}

TEST(RoundTraps, AMessageThatIsRefusedForItsKeywordIsMovedWithoutAndNamed) {
  RoundLab lab;
  lab.target.refused_with = lab.target.refused_keyword = "$odd";
  MemoryFolder& inbox = lab.source.folder("INBOX");
  for (int i = 0; i < 20; ++i) inbox.add(message_named(std::to_string(i)), i % 4 == 1 ? flags_of({"\\Seen", "$odd"}) : flags_of({"work"}));
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 20U);
  EXPECT_EQ(result.not_moved, 0U);
  EXPECT_EQ(result.flags_refused, 5U);
  ASSERT_EQ(lab.problems().size(), 5U);
  EXPECT_EQ(lab.problems()[0].kind, "flags");
  EXPECT_THAT(lab.problems()[0].reason, HasSubstr("$odd"));
  for (const MemoryMessage& message : lab.target.folder("INBOX").messages) {
    EXPECT_EQ(message.flags.has_keyword("work"), (message.flags.system & MessageFlags::seen) == 0);
  }
  EXPECT_LE(lab.target.appends, 12U) << "after the first refusal keywords are no longer sent with messages";
  EXPECT_EQ(lab.run().flags_refused, 0U) << "it is not tried for ever";
}

// Exchange: Sent, SENT and sent are one folder.
TEST(RoundTraps, FoldersThatDifferInCaseStayTwoWhereTheTargetTakesNoNotice) {
  RoundLab lab;
  lab.target.folder_case_matters = false;
  lab.target.folder("Sent");
  for (const std::string name : {"SENT", "sent", "Work"}) lab.source.folder(name).add(message_named(name));
  EXPECT_FALSE(lab.run().error);
  EXPECT_FALSE(lab.target.folders.contains("SENT") || lab.target.folders.contains("sent"));
  EXPECT_EQ(lab.target.folder("Sent").messages.size(), 1U);
  EXPECT_EQ(lab.target.folder("sent (2)").messages.size(), 1U);
  lab.source.folder("SENT").remove(1);
  lab.run();
  EXPECT_EQ(lab.target.folder("Sent").messages.size(), 0U);
  EXPECT_EQ(lab.target.folder("sent (2)").messages.size(), 1U) << "what is removed of one is not removed of the other";
  EXPECT_EQ(lab.run().folders_made, 0U);
}

// Exchange 2010 before its second service pack.
TEST(RoundTraps, ATargetThatDoesNotKeepDatesIsToldOnce) {
  RoundLab lab;
  lab.target.loses_dates = true;
  lab.source.folder("INBOX").add(message_named("a"));
  const RoundResult first = lab.run();
  ASSERT_EQ(first.notes.size(), 1U);
  EXPECT_THAT(first.notes[0], AllOf(HasSubstr("does not keep the dates"), HasSubstr("02-Feb-2026")));
  lab.source.folder("INBOX").add(message_named("b"));
  EXPECT_THAT(lab.run().notes, IsEmpty());
  lab.verify({});
  EXPECT_EQ(lab.differences.size(), 2U);
}

TEST(RoundTraps, ATargetThatKeepsDatesIsNotBlamed) {
  RoundLab lab;
  lab.source.folder("INBOX").add(message_named("a"), {}, "17-Jul-1996 02:44:25 -0700");
  EXPECT_THAT(lab.run().notes, IsEmpty());
}

// Exchange ends the session at the tenth error in it.
TEST(RoundTraps, ATargetThatEndsTheSessionAfterTenErrorsGetsEverythingElse) {
  RoundLab lab;
  lab.options.first_pause = std::chrono::milliseconds(1);
  lab.target.batch_messages = 1;
  int errors = 0;
  lab.target.refuses = [&](const std::string& bytes) {
    const bool is_refused = bytes.contains("X-Bad");
    if (is_refused && ++errors % 10 == 0) lab.target.lose_session_at = 2;
    return is_refused;
  };
  for (int i = 0; i < 90; ++i) lab.source.folder("INBOX").add((i % 3 == 0 ? "X-Bad: yes\r\n" : "") + message_named(std::to_string(i)));
  const RoundResult result = lab.run_until_complete();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 60U);
  EXPECT_EQ(lab.problems().size(), 30U);
}

TEST(RoundTraps, ARefusedMessageIsToldWithItsLongestLine) {
  RoundLab lab;
  lab.source.streamed_above = 1 << 20;
  lab.target.refuses = [](const std::string& bytes) { return bytes.size() > 5000; };
  lab.source.folder("INBOX").add(message_named("short"));
  lab.source.folder("INBOX").add("Subject: long\r\n\r\n" + std::string(12'000, 'x') + "\r\n");
  lab.run();
  ASSERT_EQ(lab.problems().size(), 1U);
  EXPECT_THAT(lab.problems()[0].reason, HasSubstr("its longest line has 12002 bytes"));
}

}  // namespace
}  // namespace godwit::sync
