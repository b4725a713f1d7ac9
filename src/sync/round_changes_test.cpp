// SPDX-License-Identifier: Apache-2.0
// Later rounds: what was moved, removed, renamed on the source; and what must stay on the target.
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

// An account that was moved once.
class ChangesLab : public RoundLab {
 public:
  explicit ChangesLab(bool tells_object_ids = false) {
    source.tells_object_ids = tells_object_ids;
    fill_with_sixty(source);
    EXPECT_FALSE(run().error);
    EXPECT_EQ(difference(), "");
  }
  void move(const std::string& from, Uid uid, const std::string& to, std::optional<MessageFlags> flags = std::nullopt) {
    MemoryFolder& folder = source.folder(from);
    const MemoryMessage message = *std::ranges::find(folder.messages, uid, &MemoryMessage::uid);
    folder.remove(uid);
    source.folder(to).add(message.bytes, flags.value_or(message.flags), message.date);
  }
  // A bit of everything, a streamed message among it.
  void change_everything() {
    for (const Uid uid : {2U, 5U, 26U}) source.folder("INBOX").remove(uid);
    for (const Uid uid : {7U, 8U, 9U}) move("INBOX", uid, "Sent");
    move("Sent", 3, "Archive", flags_of({"\\Flagged", "work"}));
    move("Projects/2024", 11, "INBOX");
    source.rename("Projects", "Done");
    source.folder("Done/2024").add(message_named("new in a renamed folder"));
    source.folders.erase("Empty");
    source.folder("INBOX").set_flags(11, flags_of({"\\Answered"}));
  }
};

// Two messages that the target alters, told of in a first round.
class AlteredLab : public RoundLab {
 public:
  AlteredLab() {
    const auto is_8bit = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    target.alter = [=](std::string& bytes) { std::ranges::replace_if(bytes, is_8bit, 'X'); };
    source.folder("INBOX").add("Subject: caf\xe9 one\r\n\r\nbody\r\n");
    source.folder("INBOX").add("Subject: caf\xe9 two\r\n\r\nbody\r\n");
    source.folder("INBOX").add(message_named("plain"));
    source.folder("Archive");
    EXPECT_FALSE(run().error);
    EXPECT_EQ(places(), (std::vector<std::string>{"INBOX 1 altered", "INBOX 2 altered"}));
  }
  std::vector<std::string> places() {
    std::vector<std::string> all;
    for (const ledger::Problem& problem : problems()) {
      all.push_back(fmt::format("{} {} {}", problem.folder_name, problem.source_uid, problem.kind));
    }
    return all;
  }
};

void expect_no_steps(RoundLab& lab) {
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied + result.matched + result.flags_changed + result.vanished + result.moved + result.removed + result.kept +
                result.removals_held + result.folders_renamed + result.folders_removed,
            0U);
}

// Of everything that the source has, but what is new, there is enough on the target, in whatever folder.
void expect_nothing_lost(const RoundLab& lab) {
  std::map<std::string, int> missing;
  for (const auto& [name, folder] : lab.source.folders) {
    for (const MemoryMessage& message : folder.messages) missing[message.bytes] += message.bytes.contains("new in a") ? 0 : 1;
  }
  for (const auto& [name, folder] : lab.target.folders) {
    for (const MemoryMessage& message : folder.messages) --missing[message.bytes];
  }
  for (const auto& [bytes, count] : missing) EXPECT_LE(count, 0) << bytes.substr(0, 40);
}

TEST(RoundChanges, WhatWasAlteredAndIsRemovedIsNotToldOfAnyMore) {
  AlteredLab lab;
  lab.source.folder("INBOX").remove(1);
  EXPECT_FALSE(lab.run().error);
  EXPECT_EQ(lab.places(), std::vector<std::string>{"INBOX 2 altered"});
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 2U);
}

TEST(RoundChanges, WhatWasAlteredAndIsMovedIsToldOfWhereItIs) {
  for (const bool moves : {true, false}) {
    AlteredLab lab;
    lab.target.moves_messages = moves;
    MemoryFolder& inbox = lab.source.folder("INBOX");
    const MemoryMessage message = inbox.messages.front();
    inbox.remove(1);
    lab.source.folder("Archive").add(message.bytes, message.flags, message.date);
    EXPECT_FALSE(lab.run().error);
    EXPECT_EQ(lab.places(), (std::vector<std::string>{"INBOX 2 altered", "Archive 1 altered"})) << moves;
    EXPECT_EQ(lab.rows("Archive").at(0).level, ledger::Level::altered);
  }
}

TEST(RoundChanges, WhatWasAlteredIsNamedAgainUnderANewUidValidity) {
  AlteredLab lab;
  MemoryFolder& inbox = lab.source.folder("INBOX");
  inbox.uid_validity = 77;
  for (MemoryMessage& message : inbox.messages) message.uid += 10;
  inbox.uid_next += 10;
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(result.matched, 3U);
  EXPECT_EQ(lab.places(), (std::vector<std::string>{"INBOX 11 altered", "INBOX 12 altered"}));
  for (const std::size_t i : {0U, 1U}) EXPECT_EQ(lab.rows("INBOX").at(i).level, ledger::Level::altered);
  EXPECT_EQ(lab.rows("INBOX").at(2).level, ledger::Level::listed);
  EXPECT_THAT(lab.problems().at(0).reason, HasSubstr("0xe9 became 0x58"));
}

TEST(RoundChanges, AreAllFollowed) {
  ChangesLab lab;
  lab.change_everything();
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(result.removed, 3U);
  EXPECT_EQ(result.moved, 5U);
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(result.folders_renamed, 1U);
  EXPECT_EQ(result.folders_removed, 1U);
  EXPECT_FALSE(lab.target.folders.contains("Empty"));
  expect_no_steps(lab);
}

TEST(RoundChanges, AreFollowedWhereTheSourceTellsNoChanges) {
  ChangesLab lab;
  lab.source.tells_changes = lab.source.tells_uid_next = false;
  lab.change_everything();
  EXPECT_FALSE(lab.run().error);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, AreFollowedByATargetThatCannotMove) {
  for (const bool refuses : {false, true}) {
    SCOPED_TRACE(refuses);
    ChangesLab lab;
    lab.target.moves_messages = refuses;
    lab.target.refuses_moves = refuses;
    lab.change_everything();
    const RoundResult result = lab.run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(result.moved, 0U);
    EXPECT_EQ(result.removed, 8U);
    EXPECT_EQ(lab.difference(), "");
    expect_no_steps(lab);
  }
}

class RoundChangesCut : public testing::TestWithParam<bool> {};

// Changes, then a round that is lost at its n-th call, then rounds to the end.
void cut_at(std::uint64_t n, bool at_source) {
  ChangesLab lab;
  lab.change_everything();
  (at_source ? lab.source : lab.target).lose_session_at = n;
  lab.options.attempts = 1;
  static_cast<void>(lab.run());
  lab.source.lose_session_at = lab.target.lose_session_at = 0;
  expect_nothing_lost(lab);
  ASSERT_FALSE(lab.run_until_complete().error);
  ASSERT_EQ(lab.difference(), "");
  expect_no_steps(lab);
}

TEST_P(RoundChangesCut, AtEveryCall) {
  ChangesLab clean;
  const std::uint64_t before = GetParam() ? clean.source.calls : clean.target.calls;
  clean.change_everything();
  EXPECT_FALSE(clean.run().error);
  const std::uint64_t calls = (GetParam() ? clean.source.calls : clean.target.calls) - before;
  EXPECT_GT(calls, 10U);
  for (std::uint64_t n = 1; n <= calls && !HasFailure(); ++n) {
    SCOPED_TRACE(n);
    cut_at(n, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Sides, RoundChangesCut, testing::Bool(), [](const auto& info) { return info.param ? "source" : "target"; });

TEST(RoundChanges, KilledAtEveryStep) {
  int killed = 0;
  for (int steps = 1; !testing::Test::HasFailure(); steps += 2) {
    SCOPED_TRACE(steps);
    ChangesLab lab;
    lab.change_everything();
    const bool is_over = lab.run_and_kill(steps);
    expect_nothing_lost(lab);
    ASSERT_FALSE(lab.run_until_complete().error);
    ASSERT_EQ(lab.difference(), "");
    expect_no_steps(lab);
    if (is_over) break;
    ++killed;
  }
  EXPECT_GT(killed, 50);
}

TEST(RoundChanges, TwinsThatWentToTwoFoldersEachHaveTheirOwnPlace) {
  for (std::size_t lanes = 1; lanes <= 4; ++lanes) {
    SCOPED_TRACE(lanes);
    ChangesLab lab;
    lab.options.lanes = lanes;
    for (const Uid uid : {26U, 27U, 28U}) lab.move("INBOX", uid, fmt::format("Twin {}", uid));
    const RoundResult result = lab.run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(result.moved, 3U);
    EXPECT_EQ(result.kept, 0U);
    EXPECT_EQ(lab.difference(), "");
    expect_no_steps(lab);
  }
}

TEST(RoundChanges, OfTwinsTheOneOfTheSameDateIsMoved) {
  ChangesLab lab;
  for (const char* const date : {"05-May-2020 10:00:00 +0000", "06-May-2021 11:00:00 +0000", "07-May-2022 12:00:00 +0000"}) {
    lab.source.folder("INBOX").add(message_named("of three dates"), {}, date);
  }
  EXPECT_FALSE(lab.run().error);
  for (const Uid uid : {31U, 30U, 29U}) lab.move("INBOX", uid, fmt::format("Of {}", uid));
  EXPECT_EQ(lab.run().moved, 3U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, RefusedFlagsAreOnRecordAndTriedOnce) {
  ChangesLab lab;
  lab.target.refused_keyword = "work";
  lab.source.folder("INBOX").set_flags(3, flags_of({"\\Flagged", "work"}));
  lab.source.folder("INBOX").set_flags(4, flags_of({"\\Flagged"}));
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.not_moved, 0U);
  EXPECT_EQ(result.flags_refused, 1U);
  ASSERT_EQ(lab.problems().size(), 1U);
  EXPECT_EQ(lab.problems()[0].kind, "flags");
  EXPECT_EQ(lab.problems()[0].source_uid, 3U);
  EXPECT_THAT(lab.problems()[0].reason, HasSubstr("work"));
  EXPECT_EQ(lab.target.folder("INBOX").messages[3].flags, flags_of({"\\Flagged"}));
  expect_no_steps(lab);
}

TEST(RoundChanges, NothingIsRemovedWithoutSingleRemoval) {
  ChangesLab lab;
  lab.target.removes_messages = false;
  lab.source.folder("INBOX").remove(2);
  const RoundResult result = lab.run();
  EXPECT_EQ(result.removed, 0U);
  EXPECT_EQ(result.removals_held, 1U);
  EXPECT_THAT(testing::PrintToString(result.notes), HasSubstr("UIDPLUS"));
  lab.target.removes_messages = true;
  EXPECT_EQ(lab.run().removed, 1U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, NothingIsRemovedOnceTheAccountIsNotOnTheOldRoute) {
  for (const auto route : {ledger::Route::moving, ledger::Route::new_}) {
    ChangesLab lab;
    lab.set_route(route);
    lab.source.folder("INBOX").remove(2);
    lab.source.folders.erase("Empty");
    const RoundResult result = lab.run();
    EXPECT_EQ(result.removed, 0U);
    EXPECT_EQ(result.kept, 1U);
    EXPECT_EQ(result.folders_removed, 0U);
    EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
    lab.set_route(ledger::Route::old);
    EXPECT_EQ(lab.run().removed, 0U) << "what was left stays left";
  }
}

TEST(RoundChanges, NothingIsRemovedThatWasOnlyMatched) {
  ChangesLab lab;
  lab.lose_ledger();
  EXPECT_EQ(lab.run().matched, 60U);
  lab.source.folder("INBOX").remove(2);
  lab.source.folders.erase("Empty");
  const RoundResult result = lab.run();
  EXPECT_EQ(result.removed, 0U);
  EXPECT_EQ(result.kept, 1U);
  EXPECT_EQ(result.folders_removed, 0U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
  EXPECT_TRUE(lab.target.folders.contains("Empty"));
}

TEST(RoundChanges, NothingIsRemovedWhileASourceMessageCannotBeRead) {
  ChangesLab lab;
  lab.source.folder("INBOX").remove(2);
  const Uid unreadable = lab.source.folder("Sent").add("X-Unreadable: yes\r\n\r\n");
  const RoundResult result = lab.run();
  EXPECT_EQ(result.not_moved, 1U);
  EXPECT_EQ(result.removed, 0U);
  EXPECT_EQ(result.removals_held, 1U);
  lab.source.folder("Sent").remove(unreadable);
  EXPECT_EQ(lab.run().removed, 1U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, AFolderThatCannotBeOpenedDoesNotStopTheOthers) {
  for (const bool is_new : {false, true}) {
    SCOPED_TRACE(is_new);
    ChangesLab lab;
    const std::string name = is_new ? "New" : "Sent";
    lab.source.folder(name).add(message_named("not to be read yet"));
    lab.source.unopenable.insert(name);
    lab.source.folder("INBOX").remove(5);
    lab.source.folder("INBOX").add(message_named("to be read"));
    const RoundResult result = lab.run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(result.unopened, 1U);
    EXPECT_EQ(result.copied, 1U);
    EXPECT_EQ(result.removals_held, 1U);
    EXPECT_THAT(testing::PrintToString(result.notes), HasSubstr("no such folder"));
    lab.source.unopenable.clear();
    EXPECT_EQ(lab.run().copied, 1U);
    EXPECT_EQ(lab.difference(), "");
    expect_no_steps(lab);
  }
}

TEST(RoundChanges, WhatTheSourceListsAfterAllIsNotRemoved) {
  ChangesLab lab;
  lab.source.folder("INBOX").remove(5);
  lab.source.incomplete_lists = 1;
  const RoundResult result = lab.run();
  EXPECT_EQ(result.vanished, 2U);
  EXPECT_EQ(result.removed, 1U);
  EXPECT_EQ(lab.difference(), "");
  expect_no_steps(lab);
}

TEST(RoundChanges, NothingIsRemovedWhileMailComesIn) {
  ChangesLab lab;
  lab.source.folder("INBOX").remove(2);
  // After the folders were looked at, and before the removal.
  lab.source.on_call = [&lab, called = 0]() mutable {
    if (++called == 4) lab.source.folder("Sent").add(message_named("just now"));
  };
  const RoundResult result = lab.run();
  lab.source.on_call = nullptr;
  EXPECT_EQ(result.removed, 0U);
  EXPECT_EQ(result.removals_held, 1U);
  EXPECT_EQ(lab.run().removed, 1U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, MoreThanHalfOfTheAccountIsNotRemovedWithoutAnOrder) {
  ChangesLab lab;
  lab.source.folder("INBOX").messages.clear();
  lab.source.folder("Sent").messages.clear();
  EXPECT_EQ(lab.run().removals_held, 43U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
  lab.options.allow_mass_removal = true;
  EXPECT_EQ(lab.run().removed, 43U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, WhatWasTouchedOnTheTargetStaysAndIsOnRecord) {
  ChangesLab lab;
  lab.target.folder("INBOX").set_flags(3, flags_of({"mine"}));
  lab.source.folder("INBOX").remove(3);
  lab.source.folder("INBOX").remove(4);
  const RoundResult result = lab.run();
  EXPECT_EQ(result.removed, 1U);
  EXPECT_EQ(result.kept, 1U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 27U);
  ASSERT_EQ(lab.problems().size(), 1U);
  EXPECT_EQ(lab.problems()[0].kind, "conflict");
  EXPECT_EQ(result.not_moved, 0U);
  expect_no_steps(lab);
}

TEST(RoundChanges, ARemovalThatWasCutInTheMiddleIsFinished) {
  ChangesLab lab;
  MessageFlags flags = lab.target.folder("INBOX").messages[2].flags;
  flags.add("\\Deleted");
  lab.target.folder("INBOX").set_flags(3, flags);
  lab.source.folder("INBOX").remove(3);
  EXPECT_EQ(lab.run().removed, 1U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, AMessageThatTheTargetsUserRemovedDoesNotComeBackByBeingMoved) {
  ChangesLab lab;
  lab.target.folder("INBOX").remove(6);
  lab.move("INBOX", 6, "Sent");
  const RoundResult result = lab.run();
  EXPECT_EQ(result.copied + result.moved, 0U);
  EXPECT_EQ(result.kept, 1U);
  EXPECT_EQ(lab.target.folder("Sent").messages.size(), 15U);
  ASSERT_EQ(lab.problems().size(), 1U);
  EXPECT_EQ(lab.problems()[0].kind, "conflict");
  expect_no_steps(lab);
}

TEST(RoundChanges, ANewMessageIsNotTakenForAnEqualOneThatIsGoneFromTheTarget) {
  ChangesLab lab;
  const std::string bytes = lab.source.folder("INBOX").messages[5].bytes;
  lab.target.folder("INBOX").remove(6);
  lab.source.folder("INBOX").remove(6);
  lab.source.folder("Sent").add(bytes, {}, "09-Sep-2024 09:09:09 +0000");
  EXPECT_EQ(lab.run().copied, 1U);
  EXPECT_EQ(lab.difference(), "");
  expect_no_steps(lab);
}

TEST(RoundChanges, OneMessageThatIsGoneStandsForOneThatIsNew) {
  for (const std::string& first : {"A", "B"}) {
    ChangesLab lab;
    // Moved to one folder and copied to another: each lane finds what is gone, and only one of them may have it.
    const std::string second = first == "A" ? "B" : "A";
    for (Uid uid = 1; uid <= 20; ++uid) {
      const MemoryMessage message = *std::ranges::find(lab.source.folder("INBOX").messages, uid, &MemoryMessage::uid);
      lab.source.folder(second).add(message.bytes, message.flags, message.date);
      lab.move("INBOX", uid, first);
    }
    const RoundResult result = lab.run();
    EXPECT_EQ(result.moved, 20U);
    EXPECT_EQ(result.copied, 20U);
    EXPECT_EQ(result.kept, 0U);
    EXPECT_EQ(lab.difference(), "");
    expect_no_steps(lab);
  }
}

TEST(RoundChanges, WhatTheSourceCallsTheSameIsMovedWithoutBeingRead) {
  ChangesLab lab(true);
  lab.change_everything();
  lab.source.bodies = 0;
  const RoundResult result = lab.run();
  EXPECT_EQ(result.moved, 5U);
  EXPECT_EQ(result.removed, 3U);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(lab.source.bodies, 1U + 1U + 8U) << "the new message, the one in a folder that is made, and samples of the renamed folder";
  expect_no_steps(lab);
}

TEST(RoundChanges, KillsWhileMessagesAreMovedByTheirNamesDoNoHarm) {
  for (int kill_at = 5; kill_at < 1500; kill_at += 7) {
    ChangesLab lab(true);
    lab.change_everything();
    if (lab.run_and_kill(kill_at)) break;
    ASSERT_FALSE(lab.run_until_complete().error) << kill_at;
    ASSERT_FALSE(lab.run_until_complete().error) << kill_at;
    ASSERT_EQ(lab.difference(), "") << kill_at;
  }
}

TEST(RoundChanges, AMessageThatIsFlaggedAndGoesWhileARoundIsOnGoesOnTheTarget) {
  for (int at = 1; at < 40; ++at) {
    ChangesLab lab;
    lab.source.folder("INBOX").set_flags(5, flags_of({"\\Flagged", "new"}));
    lab.source.folder("INBOX").remove(20);  // so that the list of UIDs is asked for
    int calls = 0;
    lab.source.on_call = [&] {
      if (++calls == at) lab.source.folder("INBOX").remove(5);
    };
    EXPECT_FALSE(lab.run().error);
    lab.source.on_call = nullptr;
    lab.source.folder("INBOX").remove(5);
    EXPECT_FALSE(lab.run().error);
    EXPECT_EQ(lab.difference(), "") << "gone at call " << at;
  }
}

TEST(RoundChanges, ARefusalToRemoveIsToldAndEverythingElseGoesOn) {
  ChangesLab lab;
  lab.target.refuses_removals = true;
  lab.change_everything();
  RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.removed, 0U);
  EXPECT_EQ(result.removals_held, 3U);
  ASSERT_FALSE(result.notes.empty());
  EXPECT_THAT(result.notes[0], HasSubstr("no right to delete"));
  lab.target.refuses_removals = false;
  result = lab.run();
  EXPECT_EQ(result.removed, 3U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, AFolderOfTheSameUidValidityWithOtherMessagesIsNoRenamedOne) {
  ChangesLab lab;
  const std::uint32_t validity = lab.source.folder("Sent").uid_validity;
  lab.source.folders.erase("Sent");
  MemoryFolder& other = lab.source.folder("Other");
  other.uid_validity = validity;
  for (int i = 0; i < 20; ++i) other.add(message_named(fmt::format("other {}", i)));
  const RoundResult result = lab.run();
  EXPECT_EQ(result.copied, 20U);
  EXPECT_EQ(result.removed, 15U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundChanges, WhatGoesWhileAFolderIsRenumberedIsNeitherRemovedNorDoubled) {
  ChangesLab lab;
  MemoryFolder& inbox = lab.source.folder("INBOX");
  inbox.remove(2);
  inbox.uid_validity = 77;
  inbox.uid_next = 100;
  for (MemoryMessage& message : inbox.messages) message.uid = inbox.uid_next++;
  RoundResult result = lab.run();
  EXPECT_EQ(result.matched, 27U);
  EXPECT_EQ(result.copied + result.removed, 0U);
  EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 28U);
  expect_no_steps(lab);
  // It comes back, as from a backup: it is there still.
  inbox.add(message_named("inbox 1"), {}, "02-Mar-2023 08:15:00 +0100");
  result = lab.run();
  EXPECT_EQ(result.copied, 0U);
  EXPECT_EQ(result.matched, 1U);
  EXPECT_EQ(lab.difference(), "");
}

}  // namespace
}  // namespace godwit::sync
