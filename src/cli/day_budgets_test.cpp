// SPDX-License-Identifier: Apache-2.0
#include "cli/day_budgets.h"

#include <gmock/gmock.h>

#include "limits/test_clock.h"

namespace godwit::cli {
namespace {

using limits::test::at;
using testing::HasSubstr;

plan::Plan plan_with(std::optional<std::uint64_t> source, std::optional<std::uint64_t> target) {
  plan::Plan plan;
  plan.sources.resize(1);
  plan.targets.resize(1);
  plan.sources[0].name = "google";
  plan.sources[0].host = "imap.gmail.com";
  plan.targets[0].name = "new";
  plan.sources[0].limits.bytes_per_day_per_account = source;
  plan.targets[0].limits.bytes_per_day_per_account = target;
  return plan;
}
std::optional<DayBudget> budget(std::optional<std::uint64_t> source, std::optional<std::uint64_t> target) {
  plan::Account account;
  account.source = "google";
  account.target = "new";
  return day_budget_of(plan_with(source, target), account);
}

TEST(DayBudgets, TheSmallerServerCounts) {
  EXPECT_EQ(budget({}, {}), std::nullopt);
  EXPECT_EQ(budget(2000, {}), (DayBudget{"google", 2000}));
  EXPECT_EQ(budget(2000, 400), (DayBudget{"new", 400}));
  EXPECT_EQ(budget(300, 400), (DayBudget{"google", 300}));
}

TEST(DayBudgets, DaysAreCountedWithToday) {
  const DayBudget of_thousand{"google", 1000};
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> table{{0, 1},    {1, 1},    {1000, 1},
                                                                   {1001, 2}, {2000, 2}, {2001, 3}, {~0ULL, 18446744073709552}};
  for (const auto& [bytes, days] : table) EXPECT_EQ(days_for(bytes, of_thousand), days) << bytes;
}

TEST(DayBudgets, AnAccountOfSeveralDaysIsTold) {
  const limits::test::TimeZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const DayBudget google{"google", std::uint64_t{2} << 30};
  EXPECT_EQ(day_budget_finding(std::nullopt, ~0ULL, at(2024, 3, 30, 23, 30)), std::nullopt);
  EXPECT_EQ(day_budget_finding(google, google.bytes, at(2024, 3, 30, 12, 0)), std::nullopt);
  const auto found = day_budget_finding(google, 5 * google.bytes, at(2024, 3, 29, 22, 30));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->what, "10.0 GiB take 5 days: google lets an account move 2.0 GiB a day; begun today it ends on Tue 2024-04-02");
  EXPECT_EQ(found->severity, inventory::Severity::note);
}

TEST(DayBudgets, AMigrationBeginsWithItsDays) {
  const limits::test::TimeZone zone("UTC0");
  EXPECT_TRUE(day_budget_notes(plan_with({}, {}), std::nullopt, at(2024, 1, 8, 12, 0)).empty());
  const auto unknown = day_budget_notes(plan_with(std::uint64_t{2} << 30, {}), std::nullopt, at(2024, 1, 8, 12, 0));
  ASSERT_EQ(unknown.size(), 2U);
  EXPECT_THAT(unknown[0], HasSubstr("google (imap.gmail.com): an account moves 2.0 GiB a day at most"));
  EXPECT_THAT(unknown[1], HasSubstr("godwit estimate"));
  const auto known = day_budget_notes(plan_with(1000, {}), jobs::TimeLeft{2.5 * 86'400, 0, 0}, at(2024, 1, 8, 12, 0));
  EXPECT_EQ(known.back(), "by the estimate on record it takes 3 days and ends on Thu 2024-01-11");
}

}  // namespace
}  // namespace godwit::cli
