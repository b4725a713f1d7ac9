// SPDX-License-Identifier: Apache-2.0
#include "jobs/finish_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::jobs {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// An account that is finished: ten items listed, one of them with other bytes, and a group that was accepted.
FinishFacts finished() {
  FinishFacts facts;
  facts.rounds = 2;
  facts.last_round.not_moved = 3;
  facts.verified.items = facts.verified.listed = 10;
  facts.grade.last_round = report::LastRound::complete;
  facts.grade.listed = 9;
  facts.grade.altered = 1;
  facts.grade.problems = {{"too_big", 3, true}, {"altered", 1, false}, {"flags", 2, false}};
  return facts;
}

MATCHER_P2(Is, what, advice, "") {
  return testing::ExplainMatchResult(AllOf(Field(&Obstacle::what, HasSubstr(what)), Field(&Obstacle::advice, HasSubstr(advice))), arg,
                                     result_listener);
}

TEST(FinishVerdict, NothingIsInTheWay) {
  const FinishVerdict verdict = judge_finish(finished(), "alice@example.com");
  EXPECT_THAT(verdict.obstacles, IsEmpty());
  EXPECT_TRUE(verdict.is_finished());
  EXPECT_EQ(verdict.grade, report::Grade::good);
  FinishFacts perfect;
  perfect.rounds = 1;
  perfect.grade.last_round = report::LastRound::complete;
  perfect.grade.proven = 5;
  EXPECT_EQ(judge_finish(perfect, "alice@example.com").grade, report::Grade::perfect);
}

TEST(FinishVerdict, EachObstacleIsNamedWithWhatToDo) {
  struct Row {
    std::string what, advice;
    std::function<void(FinishFacts&)> change;
  };
  const std::vector<Row> rows{
      {"the last of 3 rounds still brought something: 2 copied, flags of 1 changed", "run godwit finish again",
       [](FinishFacts& facts) {
         facts.rounds = 3;
         facts.last_round.copied = 2;
         facts.last_round.flags_changed = 1;
       }},
      {"5 removals held back; more than half", "--allow-mass-removal",
       [](FinishFacts& facts) {
         facts.last_round.removals_held = 5;
         facts.last_round.notes = {"more than half"};
       }},
      {"1 folder on the source cannot be opened", "exclude", [](FinishFacts& facts) { facts.last_round.unopened = 1; }},
      {"2 differences: 1 missing, 1 with other flags", "removed by its user from now on; where people set these flags on the target add --tolerate flags",
       [](FinishFacts& facts) { facts.verified.missing = facts.verified.flags = 1; }},
      {"1 difference: 1 listed but not given", "look at them", [](FinishFacts& facts) { facts.verified.unread = 1; }},
      {"1 item not moved (refused)", "godwit retry --account alice@example.com, or godwit accept --account alice@example.com --kind refused",
       [](FinishFacts& facts) { facts.grade.problems.push_back({"refused", 1, false}); }},
      {"1 item accepted, but not seen", "again", [](FinishFacts& facts) { facts.grade.accepted = 1; }},
      {"the outcome in doubt", "again", [](FinishFacts& facts) { facts.grade.open_batches = 1; }},
      {"did not come to its end", "again", [](FinishFacts& facts) { facts.grade.last_round = report::LastRound::cut_short; }},
  };
  for (const Row& row : rows) {
    FinishFacts facts = finished();
    row.change(facts);
    const FinishVerdict verdict = judge_finish(facts, "alice@example.com");
    EXPECT_FALSE(verdict.is_finished()) << row.what;
    EXPECT_THAT(verdict.obstacles, ElementsAre(Is(row.what, row.advice))) << row.what;
  }
}

TEST(FinishVerdict, FlagsAndDatesMayBeTolerated) {
  FinishFacts facts = finished();
  facts.verified.flags = 3;
  facts.verified.dates = 4;
  facts.tolerated.flags = true;
  EXPECT_THAT(judge_finish(facts, "a").obstacles, ElementsAre(Is("4 differences: 4 with another arrival date", "--tolerate dates")));
  facts.tolerated.dates = true;
  EXPECT_TRUE(judge_finish(facts, "a").is_finished());
  facts.verified.altered = 1;
  EXPECT_THAT(judge_finish(facts, "a").obstacles, ElementsAre(Is("1 difference: 1 altered", "look at them")));
}

TEST(FinishVerdict, AllObstaclesAreTold) {
  FinishFacts facts = finished();
  facts.last_round.copied = 1;
  facts.verified.dates = 4;
  facts.grade.problems = {{"quota", 2, false}, {"too_big", 1, false}};
  facts.grade.accepted = 7;
  EXPECT_THAT(judge_finish(facts, "a").obstacles, ElementsAre(Is("brought", ""), Is("4 with another arrival date", ""), Is("(quota)", ""),
                                                              Is("(too_big)", ""), Is("7 items", "")));
}

TEST(FinishVerdict, NamesInCommandsAreAsAShellTakesThem) {
  FinishFacts facts = finished();
  facts.grade.problems = {{"quota", 2, false}};
  EXPECT_THAT(judge_finish(facts, "o'hara & co").obstacles, ElementsAre(Is("", R"(--account 'o'\''hara & co' --kind)")));
  EXPECT_THAT(judge_finish(facts, "old:a@b.example").obstacles, ElementsAre(Is("", "--account old:a@b.example --kind")));
  EXPECT_THAT(judge_finish(facts, "a\x1b[2J").obstacles, ElementsAre(Field(&Obstacle::advice, Not(HasSubstr("\x1b")))));
}

TEST(FinishVerdict, DifferencesInWords) {
  EXPECT_EQ(describe_differences({}), "");
  sync::VerifyCounts counts;
  counts.missing = 1234;
  counts.altered = 2;
  counts.dates = 3;
  EXPECT_EQ(describe_differences(counts), "1,234 missing, 2 altered, 3 with another arrival date");
}

}  // namespace
}  // namespace godwit::jobs
