// SPDX-License-Identifier: Apache-2.0
#include "limits/local_time.h"

#include <gtest/gtest.h>

#include "limits/test_clock.h"

namespace godwit::limits {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::at;
using test::TimeZone;

TEST(LimitsLocalTime, MidnightIsTheLocalOne) {
  const TimeZone zone(test::central_europe);
  struct Case {
    WallTime time, midnight;
  };
  const Case cases[] = {
      {at(2024, 1, 10, 12, 0), at(2024, 1, 10, 23, 0)},
      {at(2024, 1, 10, 22, 59, 59), at(2024, 1, 10, 23, 0)},
      {at(2024, 1, 10, 23, 0), at(2024, 1, 11, 23, 0)},
      {at(2024, 7, 10, 12, 0), at(2024, 7, 10, 22, 0)},
      {at(2024, 3, 30, 23, 30), at(2024, 3, 31, 22, 0)},   // a day of 23 hours
      {at(2024, 10, 26, 22, 30), at(2024, 10, 27, 23, 0)},  // a day of 25 hours
      {at(2024, 12, 31, 12, 0), at(2024, 12, 31, 23, 0)},
      {at(2024, 2, 28, 23, 30), at(2024, 2, 29, 23, 0)},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(next_midnight(each.time), each.midnight) << each.time.time_since_epoch().count();
    EXPECT_EQ(local_day(each.midnight), local_day(each.time) + 1);
    EXPECT_EQ(local_day(each.midnight - seconds(1)), local_day(each.time));
  }
}

TEST(LimitsLocalTime, TheWeekBeginsOnMonday) {
  const TimeZone zone("UTC0");
  EXPECT_EQ(minute_of_week(at(2024, 1, 8, 0, 0)), minutes(0));
  EXPECT_EQ(minute_of_week(at(2024, 1, 8, 0, 0, 59)), minutes(0));
  EXPECT_EQ(minute_of_week(at(2024, 1, 14, 23, 59)), days(7) - minutes(1));
  EXPECT_EQ(minute_of_week(at(2024, 1, 10, 5, 30)), days(2) + hours(5) + minutes(30));
}

TEST(LimitsLocalTime, TheNextTimeIsAfterNow) {
  const TimeZone zone(test::central_europe);
  EXPECT_EQ(next_at(at(2024, 1, 8, 12, 0), hours(22)), at(2024, 1, 8, 21, 0));
  EXPECT_EQ(next_at(at(2024, 1, 8, 21, 0), hours(22)), at(2024, 1, 15, 21, 0));
  EXPECT_EQ(next_at(at(2024, 3, 27, 12, 0), hours(22)), at(2024, 4, 1, 20, 0));  // Wednesday to Monday, summer time between
  EXPECT_EQ(next_at(at(2024, 1, 10, 12, 0), days(6) + hours(1)), at(2024, 1, 14, 0, 0));
}

}  // namespace
}  // namespace godwit::limits
