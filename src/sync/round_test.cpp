// SPDX-License-Identifier: Apache-2.0
// What a round does when nothing fails.
#include "sync/round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using test::contents;
using test::fill_with_sixty;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;

void expect_complete(const RoundResult& result) {
  EXPECT_FALSE(result.error) << describe(*result.error);
  EXPECT_EQ(result.not_moved, 0U);
  EXPECT_EQ(result.not_attempted, 0U);
}

void expect_nothing_done(const RoundResult& result) {
  expect_complete(result);
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(result.matched, 0U);
  EXPECT_EQ(result.flags_changed, 0U);
  EXPECT_EQ(result.folders_made, 0U);
}

TEST(Round, FirstCopiesEverything) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  const RoundResult result = lab.run();
  expect_complete(result);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(result.copied, 60U);
  EXPECT_EQ(result.listed, 60U);
  EXPECT_EQ(result.folders, 4U);
  for (const auto& [name, folder] : lab.source.folders) {
    const MemoryFolder& copy = lab.target.folders.at(name);
    EXPECT_EQ(copy.subscribed, folder.subscribed) << name;
    if (name != "INBOX") EXPECT_EQ(copy.role, folder.role) << name;
    EXPECT_EQ(contents(copy), contents(folder)) << name << ": in the same order";
  }
  std::uint64_t bytes = 0;
  for (const auto& [name, folder] : lab.source.folders) {
    for (const auto& message : folder.messages) bytes += message.bytes.size();
  }
  EXPECT_EQ(result.bytes, bytes);
}

TEST(Round, LedgerSaysWhereEachMessageIs) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  expect_complete(lab.run());
  const auto rows = lab.rows("INBOX");
  ASSERT_EQ(rows.size(), 28U);
  for (const auto& row : rows) {
    const auto& original = lab.source.folder("INBOX").messages[row.source_uid - 1];
    const auto& copy = lab.target.folder("INBOX").messages[row.target_uid - 1];
    EXPECT_EQ(original.bytes, copy.bytes);
    EXPECT_EQ(row.digest, sha256(copy.bytes));
    EXPECT_EQ(row.level, ledger::Level::listed);
  }
}

TEST(Round, SecondHasNothingToDoWhateverTheNumberOfMessages) {
  std::vector<std::uint64_t> calls;
  for (const int count : {1, 700}) {
    RoundLab lab;
    for (int i = 0; i < count; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
    expect_complete(lab.run());
    const std::uint64_t before = lab.calls();
    expect_nothing_done(lab.run());
    calls.push_back(lab.calls() - before);
  }
  EXPECT_EQ(calls[0], calls[1]);
  EXPECT_LE(calls[0], 4U);
}

TEST(Round, CopiesWhatIsNewAndNothingElse) {
  for (const bool tells_changes : {true, false}) {
    RoundLab lab;
    lab.source.tells_changes = tells_changes;
    fill_with_sixty(lab.source);
    expect_complete(lab.run());
    lab.source.folder("INBOX").add(message_named("new"));
    lab.source.folder("Empty").add(message_named("no longer empty"));
    const RoundResult result = lab.run();
    expect_complete(result);
    EXPECT_EQ(result.copied, 2U);
    EXPECT_EQ(lab.difference(), "");
  }
}

TEST(Round, CarriesChangedFlagsOver) {
  for (const bool tells_changes : {true, false}) {
    SCOPED_TRACE(tells_changes);
    RoundLab lab;
    lab.source.tells_changes = tells_changes;
    fill_with_sixty(lab.source);
    expect_complete(lab.run());
    lab.source.folder("INBOX").set_flags(2, flags_of({"\\Seen", "\\Flagged", "work"}));
    lab.source.folder("INBOX").set_flags(1, {});
    const RoundResult result = lab.run();
    expect_complete(result);
    EXPECT_EQ(result.copied, 0U);
    EXPECT_EQ(result.flags_changed, 2U);
    EXPECT_EQ(lab.difference(), "");
    expect_nothing_done(lab.run());
  }
}

TEST(Round, LeavesTheFlagsThatTheTargetsUserSet) {
  RoundLab lab;
  MemoryFolder& inbox = lab.source.folder("INBOX");
  const Uid uid = inbox.add(message_named("one"), flags_of({"\\Seen", "old"}));
  expect_complete(lab.run());
  lab.target.folder("INBOX").set_flags(1, flags_of({"\\Answered", "old"}));  // read it again, answered
  expect_nothing_done(lab.run());
  inbox.set_flags(uid, flags_of({"\\Seen", "\\Flagged"}));
  expect_complete(lab.run());
  EXPECT_EQ(lab.target.folder("INBOX").messages[0].flags, flags_of({"\\Answered", "\\Flagged"}));
}

TEST(Round, DoesNotBringBackWhatTheTargetsUserDeleted) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  expect_complete(lab.run());
  lab.target.folder("INBOX").remove(3);
  lab.source.folder("INBOX").set_flags(3, flags_of({"\\Answered"}));
  lab.source.folder("INBOX").add(message_named("new"));
  const RoundResult result = lab.run();
  expect_complete(result);
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
  expect_nothing_done(lab.run());
}

TEST(Round, MatchesWhatTheTargetHasAlready) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  MemoryFolder& inbox = lab.target.folder("INBOX");
  for (const int index : {4, 26}) {
    const auto& original = lab.source.folder("INBOX").messages[static_cast<std::size_t>(index)];
    inbox.add(original.bytes, original.flags, original.date);
  }
  inbox.add(message_named("the target's own"));
  const auto& large = lab.source.folder("Projects/2024").messages[10];
  lab.target.folder("Projects/2024").add(large.bytes, large.flags, large.date);
  const RoundResult result = lab.run();
  expect_complete(result);
  EXPECT_EQ(result.matched, 3U);
  EXPECT_EQ(result.copied, 57U);
  lab.source.folder("INBOX").add(message_named("the target's own"));  // found as well, though it came later
  EXPECT_EQ(lab.run().matched + 0U, 0U) << "it was on the target before the last pass: below the fence";
  lab.target.folder("INBOX").remove(3);
  EXPECT_EQ(lab.difference(), "");
}

TEST(Round, FindsEverythingAgainWithoutItsLedger) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  expect_complete(lab.run());
  lab.lose_ledger();
  const RoundResult result = lab.run();
  expect_complete(result);
  EXPECT_EQ(result.matched, 60U);
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(lab.difference(), "");
  expect_nothing_done(lab.run());
}

TEST(Round, GoesOnWithALedgerFromABackup) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  expect_complete(lab.run());
  lab.save_ledger();
  for (int i = 0; i < 9; ++i) lab.source.folder("INBOX").add(message_named("later " + std::to_string(i / 2)));
  lab.source.folder("New").add(message_named("in a new folder"));
  expect_complete(lab.run());
  lab.restore_ledger();
  const RoundResult result = lab.run();
  expect_complete(result);
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(result.matched, 10U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(Round, MatchesAgainWhenAUidValidityChanges) {
  for (const bool on_source : {true, false}) {
    SCOPED_TRACE(on_source);
    RoundLab lab;
    fill_with_sixty(lab.source);
    expect_complete(lab.run());
    MemoryFolder& inbox = (on_source ? lab.source : lab.target).folder("INBOX");
    inbox.uid_validity = 77;
    for (auto& message : inbox.messages) message.uid += 1000;
    inbox.uid_next += 1000;
    ++inbox.highest_modseq;
    const RoundResult result = lab.run();
    expect_complete(result);
    EXPECT_EQ(result.copied, 0U);
    EXPECT_EQ(result.matched, 28U);
    EXPECT_EQ(lab.difference(), "");
    EXPECT_THAT(lab.warnings, Contains(HasSubstr("UIDVALIDITY")));
    expect_nothing_done(lab.run());
  }
}

TEST(Round, CopiesFromAServerThatDoesNotTellUidNext) {
  RoundLab lab;
  lab.source.tells_uid_next = false;
  fill_with_sixty(lab.source);
  for (int round = 0; round < 3; ++round) {
    expect_complete(lab.run());
    EXPECT_EQ(lab.difference(), "");
    lab.source.folder("INBOX").add(message_named("new " + std::to_string(round)));
  }
}

TEST(Round, DoublesNothingOnAServerThatDoesNotTellUidNext) {
  RoundLab lab;
  lab.target.tells_uid_next = false;
  fill_with_sixty(lab.source);
  expect_complete(lab.run());
  EXPECT_EQ(lab.difference(), "");
  lab.lose_ledger();
  expect_complete(lab.run());
  EXPECT_EQ(lab.difference(), "");
  lab.save_ledger();
  lab.source.folder("INBOX").add(message_named("new"));
  expect_complete(lab.run());
  lab.restore_ledger();
  expect_complete(lab.run());
  EXPECT_EQ(lab.difference(), "");
}

TEST(Round, ReportsWhatIsTooLarge) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.target.append_limit = 5000;
  lab.source.folder("Sent").add(message_named("whole and too large", 1800));
  lab.target.append_limit = 1500;
  RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 59U);
  EXPECT_EQ(result.not_moved, 2U);
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].kind, "too_big");
  EXPECT_THAT(lab.difference(), HasSubstr("lost"));
  lab.target.append_limit.reset();
  result = lab.run();
  expect_complete(result);
  EXPECT_EQ(result.copied, 2U);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_THAT(lab.problems(), IsEmpty());
}

TEST(Round, UsesSeveralLanes) {
  for (const std::size_t lanes : {2U, 4U}) {
    RoundLab lab;
    lab.options.lanes = lanes;
    lab.options.batch_messages = 20;
    for (int folder = 0; folder < 9; ++folder) {
      for (int i = 0; i < 150; ++i) {
        lab.source.folder("F" + std::to_string(folder)).add(message_named(std::to_string(folder) + "." + std::to_string(i)));
      }
    }
    const RoundResult result = lab.run();
    expect_complete(result);
    EXPECT_EQ(result.copied, 1350U);
    EXPECT_EQ(result.listed, 1350U);
    EXPECT_EQ(lab.difference(), "");
    expect_nothing_done(lab.run());
  }
}

TEST(Round, StopsWhenAskedAndGoesOnLater) {
  for (const std::uint64_t at : {5U, 20U, 50U, 80U}) {
    SCOPED_TRACE(at);
    RoundLab lab;
    fill_with_sixty(lab.source);
    lab.options.batch_messages = 5;
    lab.source.on_call = lab.target.on_call = [&] {
      if (lab.calls() >= at) lab.stop = true;
    };
    const RoundResult result = lab.run();
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind, ErrorKind::canceled);
    lab.source.on_call = lab.target.on_call = nullptr;
    lab.stop = false;
    expect_complete(lab.run());
    EXPECT_EQ(lab.difference(), "");
    expect_nothing_done(lab.run());
  }
}

TEST(Round, LeavesNoProbeBehind) {
  RoundLab lab;
  lab.source.folder("INBOX").add(message_named("one"));
  lab.target.folder("godwit-probe-0123456789abcdef");
  lab.target.folder("godwit-probe-not-ours");
  expect_complete(lab.run());
  EXPECT_EQ(lab.target.folders.size(), 2U);
  EXPECT_TRUE(lab.target.folders.contains("godwit-probe-not-ours"));
}

}  // namespace
}  // namespace godwit::sync
