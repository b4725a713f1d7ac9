// SPDX-License-Identifier: Apache-2.0
#include "limits/day_budget.h"

#include <gtest/gtest.h>

#include "limits/local_time.h"
#include "limits/test_clock.h"

namespace godwit::limits {
namespace {

using test::at;
using test::TimeZone;

TEST(DayBudget, BeginsAnewAtLocalMidnight) {
  const TimeZone zone(test::central_europe);
  DayBudget budget(100);
  const WallTime evening = at(2024, 1, 10, 22, 0);
  EXPECT_EQ(budget.used_up_until(evening), std::nullopt);
  EXPECT_FALSE(budget.add(99));
  EXPECT_EQ(budget.used_up_until(evening), std::nullopt);
  EXPECT_TRUE(budget.add(1));
  EXPECT_EQ(budget.used_up_until(evening), at(2024, 1, 10, 23, 0));
  EXPECT_EQ(budget.use(evening).bytes, 100U);
  EXPECT_EQ(budget.used_up_until(at(2024, 1, 10, 23, 0)), std::nullopt);
  EXPECT_EQ(budget.use(at(2024, 1, 10, 23, 0)), (DayUse{local_day(evening) + 1, 0}));
}

TEST(DayBudget, WhatWasUsedBeforeCountsOnItsDayAlone) {
  const TimeZone zone(test::central_europe);
  const WallTime evening = at(2024, 1, 10, 22, 0);
  DayBudget budget(100);
  budget.preset({local_day(evening) - 1, 100}, evening);
  EXPECT_EQ(budget.used_up_until(evening), std::nullopt);
  budget.preset({local_day(evening), 60}, evening);
  EXPECT_EQ(budget.use(evening).bytes, 60U);
  EXPECT_TRUE(budget.add(40));
  EXPECT_NE(budget.used_up_until(evening), std::nullopt);
}

TEST(DayBudget, WithoutALimitItOnlyCounts) {
  DayBudget budget;
  EXPECT_FALSE(budget.add(std::uint64_t{1} << 60));
  EXPECT_EQ(budget.used_up_until(at(2024, 1, 10, 22, 0)), std::nullopt);
  EXPECT_EQ(budget.use(at(2024, 1, 10, 22, 0)).bytes, std::uint64_t{1} << 60);
}

}  // namespace
}  // namespace godwit::limits
