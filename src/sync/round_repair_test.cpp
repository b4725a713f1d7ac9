// SPDX-License-Identifier: Apache-2.0
// Messages whose content the target refuses: repaired where that is allowed, reported where not, and tried again.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMessage;
using test::fill_with_sixty;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::HasSubstr;

// Sixty plain messages, and three with NUL bytes, which the target refuses: two of them are equal.
class RepairLab : public RoundLab {
 public:
  RepairLab() {
    fill_with_sixty(source);
    MemoryFolder& inbox = source.folder("INBOX");
    inbox.add(with_nul("one"), flags_of({"\\Flagged"}), "05-May-2023 10:00:00 +0200");
    inbox.add(with_nul("two"));
    inbox.add(with_nul("two"));
    target.refuses = [](const std::string& bytes) { return bytes.contains('\0'); };
    options.batch_messages = 7;
    options.keep_original = [this](std::string_view original, const mime::Repaired& form) -> Result<std::string> {
      kept[form.bytes] = original;
      return std::string("original.eml");
    };
  }
  static std::string with_nul(const std::string& name) {
    std::string bytes = message_named(name);
    bytes.insert(bytes.size() - 5, 1, '\0');
    return bytes;
  }
  std::size_t count(const std::string& name) const {
    std::size_t count = 0;
    for (const MemoryMessage& message : target.folders.at("INBOX").messages) count += message.bytes.contains("Subject: " + name) ? 1 : 0;
    return count;
  }
  RoundResult retry() {
    options.only_not_moved = true;
    RoundResult result = run();
    options.only_not_moved = false;
    return result;
  }
  std::map<std::string, std::string> kept;
};

void expect_repaired(RepairLab& lab) {
  EXPECT_EQ(lab.count("one"), 1U);
  EXPECT_EQ(lab.count("two"), 2U);
  const auto rows = lab.rows("INBOX");
  ASSERT_EQ(rows.size(), 31U);
  EXPECT_EQ(rows[28].digest, sha256(RepairLab::with_nul("one"))) << "on record is what the source has";
  EXPECT_EQ(rows[28].size, RepairLab::with_nul("one").size());
  const auto problems = lab.problems();
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].kind, "repaired");
  EXPECT_EQ(problems[0].subject, "one");
  EXPECT_THAT(problems[0].reason, HasSubstr("nul: 1 place"));
  EXPECT_THAT(problems[0].reason, HasSubstr("original.eml"));
  EXPECT_EQ(problems[0].server_text, "malformed message");
  EXPECT_EQ(problems[0].stored, sha256(message_named("one")));
}

TEST(RoundRepair, WithoutPermissionNothingIsRepaired) {
  RepairLab lab;
  const RoundResult result = lab.run();
  EXPECT_EQ(result.copied, 60U);
  EXPECT_EQ(result.not_moved, 3U);
  EXPECT_EQ(lab.problems().at(0).kind, "refused");
  EXPECT_EQ(lab.problems().at(0).subject, "one");
  EXPECT_TRUE(lab.kept.empty());
}

TEST(RoundRepair, WhatIsRefusedIsRepairedAndNothingElse) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 63U);
  EXPECT_EQ(result.repaired, 3U);
  EXPECT_EQ(result.not_moved, 0U);
  expect_repaired(lab);
  EXPECT_EQ(lab.kept.at(message_named("one")), RepairLab::with_nul("one"));
  const MemoryFolder& inbox = lab.target.folder("INBOX");
  const auto one = std::ranges::find(inbox.messages, message_named("one"), &MemoryMessage::bytes);
  ASSERT_NE(one, inbox.messages.end());
  EXPECT_EQ(one->flags, flags_of({"\\Flagged"}));
  EXPECT_EQ(one->date, "05-May-2023 10:00:00 +0200");
  const RoundResult next = lab.run();
  EXPECT_EQ(next.copied + next.matched + next.flags_changed, 0U);
}

TEST(RoundRepair, ALargerChangeIsTriedWhenASmallerOneIsRefused) {
  RepairLab lab;
  lab.target.refuses = [](const std::string& bytes) { return bytes.contains('\0') || bytes.contains("Subject: one\r\nFrom"); };
  lab.options.repairs = mime::RepairRules::all();
  const RoundResult result = lab.run();
  EXPECT_EQ(result.repaired, 3U);
  EXPECT_THAT(lab.problems().at(0).reason, HasSubstr("wrap"));
  EXPECT_EQ(result.not_moved, 0U);
}

TEST(RoundRepair, WhenAllFormsAreRefusedTheMessageIsReportedWithThem) {
  RepairLab lab;
  lab.target.refuses = [](const std::string& bytes) { return bytes.contains('\0') || bytes.contains("Subject: one"); };
  lab.options.repairs = {mime::RepairRule::nul};
  const RoundResult result = lab.run();
  EXPECT_EQ(result.repaired, 2U);
  EXPECT_EQ(result.not_moved, 1U);
  EXPECT_THAT(lab.problems().at(0).reason, HasSubstr("repaired forms were refused, too: nul"));
  EXPECT_EQ(lab.problems().at(0).server_text, "malformed message");
}

TEST(RoundRepair, WhenTheOriginalCannotBeKeptNothingIsSent) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  lab.options.keep_original = [](std::string_view, const mime::Repaired&) -> Result<std::string> {
    return fail(ErrorKind::storage, "the disk is full");
  };
  const RoundResult result = lab.run();
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::storage);
  EXPECT_EQ(lab.count("one") + lab.count("two"), 0U);
}

TEST(RoundRepair, ARefusalForTheSizeIsNoReasonToRepair) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  lab.target.append_limit = 50;
  EXPECT_EQ(lab.run().repaired, 0U);
}

TEST(RoundRepair, AKillAnywhereLeavesEachMessageOnce) {
  for (int kill_at = 30; kill_at < 4000; kill_at += 23) {
    RepairLab lab;
    lab.options.repairs = mime::RepairRules::all();
    if (lab.run_and_kill(kill_at)) break;
    ASSERT_FALSE(lab.run_until_complete().error) << kill_at;
    SCOPED_TRACE(kill_at);
    expect_repaired(lab);
    if (testing::Test::HasFailure()) break;
  }
}

TEST(RoundRepair, ALostAnswerLeavesEachMessageOnce) {
  for (std::size_t skip = 0; skip < 30; ++skip) {
    RepairLab lab;
    lab.options.repairs = mime::RepairRules::all();
    lab.target.append_fault = {.kind = adapters::MemoryMailbox::AppendFault::Kind::lose_answer, .skip = skip, .times = 1};
    ASSERT_FALSE(lab.run_until_complete().error) << skip;
    SCOPED_TRACE(skip);
    expect_repaired(lab);
  }
}

TEST(RoundRepair, ALostLedgerLeavesEachMessageOnce) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  lab.run();
  lab.lose_ledger();
  const RoundResult result = lab.run();
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(result.matched, 63U);
  expect_repaired(lab);
}

TEST(RoundRepair, RepairedMessagesAreVerifiedAsWhatTheyAre) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  lab.run();
  VerifyResult result = lab.verify({.depth = VerifyOptions::Depth::full});
  EXPECT_EQ(result.counts.proven, 63U);
  EXPECT_EQ(result.counts.altered, 0U);
  for (MemoryMessage& message : lab.target.folder("INBOX").messages) {
    if (message.bytes.contains("Subject: one")) message.bytes[20] ^= 1;
  }
  result = lab.verify({.depth = VerifyOptions::Depth::full, .again = true});
  EXPECT_EQ(result.counts.altered, 1U);
}

TEST(RoundRepair, ARepairedMessageThatIsMovedIsStillVerifiedAsWhatItIs) {
  RepairLab lab;
  lab.options.repairs = mime::RepairRules::all();
  lab.run();
  MemoryFolder& inbox = lab.source.folder("INBOX");
  const auto one = std::ranges::find_if(inbox.messages, [](const auto& message) { return message.bytes.contains("Subject: one"); });
  const MemoryMessage message = *one;
  inbox.remove(message.uid);
  const Uid uid = lab.source.folder("Sent").add(message.bytes, message.flags, message.date);
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.moved, 1U);
  EXPECT_EQ(lab.verify({.depth = VerifyOptions::Depth::full}).counts.altered, 0U);
  const auto in_sent = [&](const ledger::Problem& problem) { return problem.folder_name == "Sent" && problem.source_uid == uid; };
  EXPECT_EQ(std::ranges::count_if(lab.problems(), in_sent), 1);
  EXPECT_EQ(lab.problems().size(), 3U);
  lab.source.folder("Sent").remove(uid);
  EXPECT_FALSE(lab.run().error);
  EXPECT_EQ(lab.problems().size(), 2U) << "it is removed on both sides";
}

TEST(RoundRetry, TriesOnlyWhatWasNotMoved) {
  RepairLab lab;
  lab.run();
  lab.source.folder("INBOX").add(message_named("new"));
  lab.source.folder("INBOX").set_flags(1, flags_of({"\\Answered"}));
  lab.source.folder("INBOX").remove(2);
  lab.options.repairs = mime::RepairRules::all();
  RoundResult result = lab.retry();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 3U);
  EXPECT_EQ(result.repaired, 3U);
  EXPECT_EQ(result.not_moved, 0U);
  EXPECT_EQ(result.flags_changed + result.vanished + result.removed, 0U);
  expect_repaired(lab);
  // The next whole round sees all that has happened meanwhile.
  result = lab.run();
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(result.flags_changed, 1U);
  EXPECT_EQ(result.removed, 1U);
}

TEST(RoundRetry, HasNothingToDoWithoutProblems) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.run();
  lab.source.folder("INBOX").add(message_named("new"));
  lab.options.only_not_moved = true;
  EXPECT_EQ(lab.run().copied, 0U);
}

TEST(RoundRetry, WhatIsRefusedAgainStaysOnRecord) {
  RepairLab lab;
  lab.run();
  const RoundResult result = lab.retry();
  EXPECT_EQ(result.not_moved, 3U);
  EXPECT_EQ(lab.problems().size(), 3U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
}

TEST(RoundRetry, GoesOnAfterALostConnection) {
  for (std::uint64_t lost_at = 1; lost_at < 80; lost_at += 2) {
    RepairLab lab;
    lab.run();
    lab.options.repairs = mime::RepairRules::all();
    lab.target.lose_session_at = lost_at;
    const RoundResult result = lab.retry();
    ASSERT_FALSE(result.error) << lost_at;
    SCOPED_TRACE(lost_at);
    expect_repaired(lab);
    if (lab.target.lose_session_at != 0) break;
  }
}

TEST(RoundRetry, AFolderThatWasRenumberedIsLeftToTheNextRound) {
  RepairLab lab;
  lab.run();
  lab.source.folder("INBOX").uid_validity = 4711;
  lab.target.refuses = nullptr;
  RoundResult result = lab.retry();
  EXPECT_EQ(result.copied, 0U);
  ASSERT_FALSE(result.notes.empty());
  EXPECT_THAT(result.notes[0], HasSubstr("godwit copy"));
  EXPECT_EQ(lab.run().copied, 3U);
  EXPECT_EQ(lab.difference(), "");
}

}  // namespace
}  // namespace godwit::sync
