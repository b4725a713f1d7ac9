// SPDX-License-Identifier: Apache-2.0
#include "sync/verifier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using ledger::Level;
using test::fill_with_sixty;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::HasSubstr;
using Depth = VerifyOptions::Depth;
using Kind = Difference::Kind;

class VerifyLab : public RoundLab {
 public:
  VerifyLab() {
    fill_with_sixty(source);
    EXPECT_FALSE(run().error);
  }
  VerifyResult listed() { return verify({.depth = Depth::listed}); }
  VerifyResult full() { return verify({.depth = Depth::full}); }
  std::uint64_t count_at(Level level) {
    std::uint64_t count = 0;
    for (const auto& [name, folder] : source.folders) {
      for (const auto& row : rows(name)) count += row.level == level ? 1 : 0;
    }
    return count;
  }
};

TEST(Verifier, FindsNothingWhereNothingIsWrong) {
  VerifyLab lab;
  const VerifyResult result = lab.listed();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.counts.items, 60U);
  EXPECT_EQ(result.counts.listed, 60U);
  EXPECT_EQ(result.counts.differences(), 0U);
  EXPECT_EQ(result.counts.proven, 0U) << "nothing was to be read";
  EXPECT_TRUE(lab.differences.empty());
}

TEST(Verifier, ReadingBackProves) {
  VerifyLab lab;
  VerifyResult result = lab.full();
  EXPECT_EQ(result.counts.proven, 60U);
  EXPECT_EQ(lab.count_at(Level::proven), 60U);
  result = lab.full();
  EXPECT_EQ(result.counts.proven, 0U) << "they are proven already";
  EXPECT_EQ(result.counts.listed, 60U);
  result = lab.verify({.depth = Depth::full, .again = true});
  EXPECT_EQ(result.counts.proven, 60U);
}

TEST(Verifier, ASampleHasItsSizeAndItsSeedChoosesIt) {
  VerifyLab lab;
  EXPECT_EQ(lab.verify({.depth = Depth::sample, .sample = 7, .seed = 1}).counts.proven, 7U);
  EXPECT_EQ(lab.count_at(Level::proven), 7U);
  lab.verify({.depth = Depth::sample, .sample = 7, .seed = 1});
  EXPECT_EQ(lab.count_at(Level::proven), 7U) << "the same ones";
  lab.verify({.depth = Depth::sample, .sample = 7, .seed = 2});
  EXPECT_GT(lab.count_at(Level::proven), 7U);
  EXPECT_EQ(lab.verify({.depth = Depth::sample, .sample = 1000}).counts.proven, 60U);
}

TEST(Verifier, TellsWhatIsMissing) {
  VerifyLab lab;
  lab.target.folder("INBOX").remove(3);
  lab.target.folder("Sent").remove(2);
  VerifyResult result = lab.listed();
  EXPECT_EQ(result.counts.missing, 2U);
  EXPECT_EQ(result.counts.listed, 58U);
  ASSERT_EQ(lab.differences.size(), 2U);
  EXPECT_EQ(lab.differences[0].kind, Kind::missing);
  EXPECT_EQ(lab.differences[0].folder, "INBOX");
  EXPECT_EQ(lab.differences[0].source_uid, 3U);
  EXPECT_EQ(lab.differences[0].target_uid, 3U);
  EXPECT_EQ(lab.differences[0].subject, "inbox 2") << "as the source still tells";
  EXPECT_EQ(lab.differences[0].date, "03-Mar-2023 08:15:00 +0200");
  EXPECT_EQ(lab.count_at(Level::withdrawn), 2U) << "nothing counts as there that is not";
  result = lab.listed();
  EXPECT_EQ(result.counts.missing, 0U);
  EXPECT_EQ(result.withdrawn, 2U);
  EXPECT_EQ(lab.run().copied, 0U) << "what somebody removed does not come back";
}

TEST(Verifier, ASourceThatDoesNotAnswerOnlyCostsTheSubjects) {
  VerifyLab lab;
  lab.target.folder("INBOX").remove(3);
  lab.source.lose_session_at = 1;
  const VerifyResult result = lab.listed();
  EXPECT_FALSE(result.error);
  ASSERT_EQ(lab.differences.size(), 1U);
  EXPECT_EQ(lab.differences[0].subject, "");
}

TEST(Verifier, TellsWhatOtherFlagsAndDatesThereAre) {
  VerifyLab lab;
  lab.target.folder("INBOX").set_flags(1, flags_of({"\\Answered"}));
  lab.target.folder("INBOX").messages[1].date = "09-Sep-2001 01:46:40 +0000";
  const VerifyResult result = lab.listed();
  EXPECT_EQ(result.counts.flags, 1U);
  EXPECT_EQ(result.counts.dates, 1U);
  ASSERT_EQ(lab.differences.size(), 2U);
  EXPECT_THAT(lab.differences[0].meaning, HasSubstr("(\\Answered)"));
  EXPECT_THAT(lab.differences[0].meaning, HasSubstr("(\\Seen $Forwarded)"));
  EXPECT_EQ(lab.differences[0].subject, "inbox 0");
  EXPECT_THAT(lab.differences[1].meaning, HasSubstr("09-Sep-2001"));
}

TEST(Verifier, AnotherZoneIsNoOtherDate) {
  VerifyLab lab;
  lab.target.folder("INBOX").messages[0].date = "01-Mar-2023 09:15:00 +0100";
  EXPECT_EQ(lab.listed().counts.dates, 0U);
}

TEST(Verifier, FindsAByteThatChanged) {
  VerifyLab lab;
  lab.target.folder("Projects/2024").messages[10].bytes[5000] ^= 1;  // of a streamed one
  lab.target.folder("INBOX").messages[0].bytes.back() = '!';
  EXPECT_EQ(lab.listed().counts.differences(), 0U) << "a list does not show it";
  const VerifyResult result = lab.full();
  EXPECT_EQ(result.counts.altered, 2U);
  EXPECT_EQ(result.counts.proven, 58U);
  EXPECT_EQ(lab.count_at(Level::altered), 2U);
  ASSERT_EQ(lab.differences.size(), 2U);
  EXPECT_EQ(lab.differences[1].subject, "a large one");
  const auto problems = lab.problems();
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].kind, "altered");
  EXPECT_FALSE(ledger::means_not_moved(problems[0].kind));
}

TEST(Verifier, TellsWhatTheTargetListsAndDoesNotGive) {
  VerifyLab lab;
  lab.target.folder("INBOX").messages[0].bytes += "X-Unreadable: yes";
  const VerifyResult result = lab.full();
  EXPECT_EQ(result.counts.unread, 1U);
  EXPECT_EQ(result.counts.proven, 59U);
  EXPECT_THAT(lab.differences.at(0).meaning, HasSubstr("does not give it"));
}

TEST(Verifier, AFolderThatIsGoneOrMadeAnewIsOneDifference) {
  VerifyLab lab;
  lab.target.folders.erase("Sent");
  lab.target.folder("Projects/2024").uid_validity = 4711;
  const VerifyResult result = lab.listed();
  EXPECT_EQ(result.counts.missing, 32U);
  ASSERT_EQ(lab.differences.size(), 2U);
  EXPECT_EQ(lab.count_at(Level::withdrawn), 0U) << "nobody removed these messages";
  EXPECT_FALSE(lab.run_until_complete().error);
  EXPECT_EQ(lab.difference(), "");
  EXPECT_EQ(lab.listed().counts.differences(), 0U);
}

TEST(Verifier, CountsWhatIsNotGodwits) {
  VerifyLab lab;
  lab.target.folder("INBOX").add(message_named("own"));
  const VerifyResult result = lab.listed();
  EXPECT_EQ(result.counts.others, 1U);
  EXPECT_EQ(result.counts.differences(), 0U);
}

TEST(Verifier, AnIncompleteListIsAskedForTwice) {
  VerifyLab lab;
  lab.target.folder("INBOX").remove(9);
  lab.target.incomplete_lists = 1;  // lacks the first UID that is asked for
  EXPECT_EQ(lab.listed().counts.missing, 1U);
}

TEST(Verifier, GoesOnAfterLostConnections) {
  for (std::uint64_t lost_at = 1; lost_at < 200; lost_at += 3) {
    VerifyLab lab;
    lab.target.folder("INBOX").remove(3);
    lab.target.calls = 0;
    lab.target.lose_session_at = lost_at;
    const VerifyResult result = lab.verify({.depth = Depth::sample, .sample = 20, .seed = 3});
    ASSERT_FALSE(result.error) << lost_at;
    EXPECT_EQ(result.counts.items, 60U) << lost_at;
    EXPECT_EQ(result.counts.missing, 1U) << lost_at;
    EXPECT_GE(result.counts.proven, 19U) << lost_at;
    EXPECT_EQ(lab.differences.size(), 1U) << lost_at;
    if (lab.target.lose_session_at != 0) break;  // it was over before
  }
}

TEST(Verifier, AMessageThatEndsTheSessionIsNamedAndTheOthersAreRead) {
  VerifyLab lab;
  lab.target.deadly = 12;
  const VerifyResult result = lab.full();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.counts.unread, 3U) << "there is such a UID in three folders";
  EXPECT_EQ(result.counts.proven, 57U);
  EXPECT_EQ(result.counts.items, 60U);
  ASSERT_EQ(lab.differences.size(), 3U);
  EXPECT_EQ(lab.differences[0].target_uid, 12U);
}

TEST(Verifier, AStopKeepsWhatWasProven) {
  VerifyLab lab;
  lab.target.calls = 0;
  lab.target.on_call = [&lab] { lab.stop = lab.target.calls > 40; };
  VerifyResult result = lab.full();
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::canceled);
  lab.stop = false;
  lab.target.on_call = nullptr;
  const std::uint64_t before = lab.count_at(Level::proven);
  EXPECT_EQ(lab.full().counts.proven, 60 - before);
}

}  // namespace
}  // namespace godwit::sync
