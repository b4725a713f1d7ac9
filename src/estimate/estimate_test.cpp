// SPDX-License-Identifier: Apache-2.0
#include "estimate/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "estimate/estimate_json.h"
#include "estimate/fit.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::estimate {
namespace {

using testing::DoubleNear;

Problem usual_problem() {
  Problem problem;
  problem.hosts = {{"old", 10, 1e6, 50, 1e9, 2e9, Hours({{0, 5000}})}, {"new"}};
  problem.routes = {{0, 1, {{1, 0.2, 0.01, 1e-6}, {2, 0.4, 0.02, 2e-6}, 20, 0.2}, "target"}};
  problem.waves = {{"pilot", {}, -1}, {"first", {}, 0}};
  problem.loads = {{"alice@example.com", 0, 3, 0, 5, 2000, 5e6}, {"bob@example.com", 1, 0, 0, 2, 100, 1e5}};
  problem.accounts_at_once = 7;
  problem.first_midnight = 4000;
  return problem;
}

TEST(Estimate, TheRangeHoldsTheMiddleAndGrowsWithWhatIsNotKnown) {
  Problem problem = usual_problem();
  const Estimate narrow = estimate(problem, {});
  EXPECT_LT(narrow.total.low, narrow.total.seconds);
  EXPECT_GT(narrow.total.high, narrow.total.seconds);
  problem.routes[0].speed.spread = 0.6;
  const Estimate wide = estimate(problem, {});
  EXPECT_GT(wide.total.high, narrow.total.high);
  EXPECT_LT(wide.total.low, narrow.total.low);
  EXPECT_EQ(wide.total.seconds, narrow.total.seconds);
}

TEST(Estimate, TellsWavesAndTheLongestAccounts) {
  const Estimate told = estimate(usual_problem(), {1'700'000'000, 0});
  ASSERT_EQ(told.waves.size(), 2U);
  EXPECT_EQ(told.waves[0].name, "pilot");
  EXPECT_EQ(told.waves[0].messages, 2000U);
  EXPECT_LT(told.waves[0].ends.seconds, told.waves[1].ends.seconds);
  EXPECT_DOUBLE_EQ(told.waves[1].ends.seconds, told.total.seconds);
  EXPECT_EQ(told.messages, 2100U);
  EXPECT_EQ(told.bytes, 5'100'000U);
  ASSERT_EQ(told.longest.size(), 2U);
  EXPECT_EQ(told.longest[0].name, "alice@example.com");
  EXPECT_EQ(told.slow_side, "target");
}

TEST(Estimate, WavesWithoutAccountsAreNotTold) {
  Problem problem = usual_problem();
  problem.loads.pop_back();
  EXPECT_EQ(estimate(problem, {}).waves.size(), 1U);
}

TEST(Estimate, WhatIsSlowerTakesLonger) {
  Problem problem = usual_problem();
  problem.hosts[0] = {"old"};
  const auto as_foretold = span_of(problem), slower = span_of(problem, 2);
  ASSERT_TRUE(as_foretold && slower);
  EXPECT_THAT(slower->seconds, DoubleNear(2 * as_foretold->seconds, 1e-6));
  problem.waves[0].after = 0;
  EXPECT_FALSE(span_of(problem));
}

TEST(Estimate, IsTheSameAfterItWasWrittenAndRead) {
  Estimate told = estimate(usual_problem(), {1'700'000'000, 0});
  told.is_measured = true;
  told.notes = {"one", "two"};
  const auto read = from_json(to_json(told, true).dump());
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(*read, told);
}

TEST(Estimate, WhatCannotBeReadIsAnError) {
  const std::string text = to_json(estimate(usual_problem(), {}), true).dump();
  for (std::size_t length = 0; length < text.size(); length += 7) EXPECT_FALSE(from_json(text.substr(0, length))) << length;
  EXPECT_FALSE(from_json("{}"));
  EXPECT_FALSE(from_json("[1]"));
  const auto altered = [&](auto change) {
    nlohmann::json object = nlohmann::json::parse(text);
    change(object);
    return from_json(object.dump());
  };
  EXPECT_TRUE(altered([](nlohmann::json&) {}));
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["godwit_estimate"] = 2; }));
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["problem"]["loads"][0][1] = 2; })) << "a wave that is not there";
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["problem"]["loads"][0][3] = 1; })) << "a route that is not there";
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["problem"]["routes"][0]["target"] = 2; }));
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["problem"]["waves"][0]["after"] = 2; }));
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["problem"]["lanes"] = 0; }));
  EXPECT_FALSE(altered([](nlohmann::json& object) { object["total"] = 1, object.erase("seconds"); }));
}

TEST(Estimate, TheLedgerKeepsTheLastOne) {
  test::TemporaryFolder folder;
  const auto ledger = *ledger::open_sqlite_ledger(folder.path() / "ledger");
  EXPECT_FALSE(test::run_task(recorded_estimate(*ledger)));
  Estimate told = estimate(usual_problem(), {});
  told.problem.loads[0].account = "al\xffice";  // no UTF-8
  ASSERT_TRUE(test::run_task(record_estimate(*ledger, told)));
  told.notes = {"the second"};
  ASSERT_TRUE(test::run_task(record_estimate(*ledger, told)));
  const auto text = test::run_task(recorded_estimate(*ledger));
  ASSERT_TRUE(text);
  EXPECT_EQ(from_json(*text)->notes, told.notes);
}

TEST(DurationWords, ArePlain) {
  EXPECT_EQ(duration_words(0), "0 s");
  EXPECT_EQ(duration_words(-5), "0 s");
  EXPECT_EQ(duration_words(119.4), "119 s");
  EXPECT_EQ(duration_words(120), "2 min");
  EXPECT_EQ(duration_words(59 * 60 + 29), "59 min");
  EXPECT_EQ(duration_words(59 * 60 + 31), "1 h");
  EXPECT_EQ(duration_words(2 * 3600 + 10 * 60), "2 h 10 min");
  EXPECT_EQ(duration_words(47 * 3600), "47 h");
  EXPECT_EQ(duration_words(48 * 3600), "2 days");
  EXPECT_EQ(duration_words(76 * 3600), "3 days 4 h");
  EXPECT_EQ(words_of({7800, 6600, 9600}), "2 h 10 min (1 h 50 min to 2 h 40 min)");
}

std::vector<Measure> measured(const Costs& costs, std::vector<Measure> measures) {
  for (Measure& each : measures) each.seconds = predicted(costs, each);
  return measures;
}

TEST(Fit, FindsTheCostsThatMadeTheTimes) {
  const Costs costs{0.3, 0.02, 0.001, 3e-7};
  const auto small = measured(costs, {{1, 0, 0, 0}, {8, 0, 0, 0}});
  const auto large = measured(costs, {{1, 500, 1e6, 0}, {2, 400, 8e6, 0}, {1, 90, 2e7, 0}});
  const Costs found = fit(small, large);
  EXPECT_THAT(found.account, DoubleNear(costs.account, 1e-6));
  EXPECT_THAT(found.folder, DoubleNear(costs.folder, 1e-6));
  EXPECT_THAT(found.message, DoubleNear(costs.message, 1e-6));
  EXPECT_THAT(found.byte, DoubleNear(costs.byte, 1e-9));
}

// Rounds with the costs of several at work, each with a removal behind it.
Stretch stretch_of(const Costs& costs, const Costs& removal, std::vector<Measure> rounds) {
  Stretch stretch;
  stretch.rounds = measured(costs, std::move(rounds));
  for (const Measure& each : stretch.rounds) stretch.seconds += each.seconds + removal.account + each.folders * removal.folder;
  return stretch;
}

TEST(Fit, SeveralAtWorkCostMoreInProportion) {
  const Costs alone{0.3, 0.02, 0.001, 3e-7}, together{0.9, 0.06, 0.005, 15e-7}, removal{0.1, 0.01, 0, 0}, slow_removal{0.3, 0.03, 0, 0};
  const std::vector<Stretch> standing{stretch_of(together, slow_removal, {{1, 0, 0, 0}, {8, 0, 0, 0}})};
  const std::vector<Stretch> moving{stretch_of(together, slow_removal, {{1, 900, 1e6, 0}, {2, 90, 2e7, 0}})};
  const Costs found = fit_together(alone, removal, standing, moving, 8);
  EXPECT_THAT(found.account, DoubleNear(together.account, 1e-6));
  EXPECT_THAT(found.folder, DoubleNear(together.folder, 1e-6));
  EXPECT_THAT(found.message, DoubleNear(together.message, 1e-6));
  EXPECT_THAT(found.byte, DoubleNear(together.byte, 1e-9));
}

TEST(Fit, SeveralThatMoveTooLittleSayNothingOfMessages) {
  const Costs alone{0.3, 0.02, 0.001, 0}, together{0.9, 0.06, 0.1, 0}, removal{};
  const std::vector<Stretch> standing{stretch_of(together, removal, {{1, 0, 0, 0}})};
  const std::vector<Stretch> moving{stretch_of(together, removal, {{1, 1, 0, 0}})};
  EXPECT_LT(fit_together(alone, removal, standing, moving, 200).message, 0.004) << "it would be a hundredfold";
  EXPECT_LE(fit_together(alone, removal, standing, moving, 2).account, 2.4 * alone.account);
}

TEST(Fit, NoCostIsBelowZero) {
  const Costs found = fit(std::vector<Measure>{{1, 0, 0, 1}, {8, 0, 0, 0.5}}, std::vector<Measure>{{1, 100, 1e6, 2}, {1, 100, 9e6, 1.5}});
  for (const double each : {found.account, found.folder, found.message, found.byte}) EXPECT_GE(each, 0);
  EXPECT_GT(found.account, 0.4);
  EXPECT_GT(found.message * 100 + found.byte * 1e6, 0.2);
}

TEST(Fit, MeasuresThatAreAlikeAreEnough) {
  const Costs found = fit(std::vector<Measure>{{1, 1, 500, 1}, {1, 1, 500, 1}}, std::vector<Measure>{{1, 100, 1e6, 3}, {1, 100, 1e6, 3}});
  EXPECT_THAT(predicted(found, {1, 100, 1e6, 0}), DoubleNear(3, 0.2));
  EXPECT_EQ(fit({}, {}), Costs{});
}

}  // namespace
}  // namespace godwit::estimate
