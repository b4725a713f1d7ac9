// SPDX-License-Identifier: Apache-2.0
#include "report/grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  const char* name;
  GradeFacts facts;
  Grade grade;
};

GradeFacts complete() {
  GradeFacts facts;
  facts.last_round = LastRound::complete;
  return facts;
}

template <class Change>
GradeFacts with(Change change) {
  GradeFacts facts = complete();
  facts.proven = 10;
  change(facts);
  return facts;
}

TEST(Grade, IsTheWorstThatTheFactsSay) {
  const std::vector<Case> table{
      {"empty account", complete(), Grade::perfect},
      {"all proven", with([](auto&) {}), Grade::perfect},
      {"a problem group without items", with([](auto& f) { f.problems = {{"too_big", 0, false}}; }), Grade::perfect},
      {"one only listed", with([](auto& f) { f.listed = 1; }), Grade::good},
      {"one altered", with([](auto& f) { f.altered = 1; }), Grade::good},
      {"flags not kept", with([](auto& f) { f.problems = {{"flags", 1, false}}; }), Grade::good},
      {"rights not copied", with([](auto& f) { f.problems = {{"rights", 2, false}}; }), Grade::good},
      {"UIDLs not on record", with([](auto& f) { f.problems = {{"uidl", 2, false}}; }), Grade::good},
      {"changed on both sides", with([](auto& f) { f.problems = {{"conflict", 1, false}}; }), Grade::good},
      {"not moved, accepted", with([](auto& f) { f.problems = {{"too_big", 2, true}}; }), Grade::good},
      {"not moved", with([](auto& f) { f.problems = {{"too_big", 2, false}}; }), Grade::review},
      {"one group of two accepted", with([](auto& f) { f.problems = {{"too_big", 2, true}, {"refused", 1, false}}; }),
       Grade::review},
      {"stored twice or not there", with([](auto& f) { f.problems = {{"doubt", 1, false}}; }), Grade::review},
      {"a kind that is not known", with([](auto& f) { f.problems = {{"surprise", 1, false}}; }), Grade::review},
      {"one only accepted by the server", with([](auto& f) { f.accepted = 1; }), Grade::failed},
      {"one not tried", with([](auto& f) { f.not_attempted = 1; }), Grade::failed},
      {"a batch in doubt", with([](auto& f) { f.open_batches = 1; }), Grade::failed},
      {"round cut short", with([](auto& f) { f.last_round = LastRound::cut_short; }), Grade::failed},
      {"no round", with([](auto& f) { f.last_round = LastRound::none; }), Grade::failed},
      {"everything at once", with([](auto& f) {
         f.accepted = f.listed = f.altered = 1;
         f.problems = {{"flags", 1, false}, {"too_big", 1, false}};
       }), Grade::failed},
  };
  for (const Case& each : table) {
    const Verdict verdict = grade_of(each.facts);
    EXPECT_EQ(verdict.grade, each.grade) << each.name;
    EXPECT_EQ(verdict.reasons.empty(), each.grade == Grade::perfect) << each.name;
  }
}

TEST(Grade, TellsAllReasonsTheWorstFirst) {
  GradeFacts facts = complete();
  facts.listed = 5;
  facts.accepted = 1;
  facts.problems = {{"flags", 2, false}, {"too_big\n", 3, false}, {"altered", 7, false}, {"refused", 1, true}};
  EXPECT_THAT(grade_of(facts).reasons,
              ElementsAre("1 item accepted, but not seen in the target's list",
                          "3 items not moved (too_big\\x0a): somebody must accept that, or try again",
                          "2 items on the target, but not all could be kept (flags)",
                          "1 item not moved (refused), which was accepted",
                          "5 items listed, but not read back"));
  EXPECT_THAT(grade_of(complete()).reasons, IsEmpty());
  facts.open_batches = 2;
  EXPECT_THAT(grade_of(facts).reasons.front(), HasSubstr("2 batches sent"));
}

TEST(Grade, HasOneNameEach) {
  for (const Grade grade : {Grade::perfect, Grade::good, Grade::review, Grade::failed}) {
    EXPECT_EQ(grade_named(name_of(grade)), grade);
  }
  EXPECT_EQ(name_of(Grade::review), "review");
  EXPECT_EQ(grade_named("Perfect"), std::nullopt);
  EXPECT_EQ(grade_named(""), std::nullopt);
}

}  // namespace
}  // namespace godwit::report
