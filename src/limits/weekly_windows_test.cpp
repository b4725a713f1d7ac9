// SPDX-License-Identifier: Apache-2.0
#include "limits/weekly_windows.h"

#include <gtest/gtest.h>

#include "limits/test_clock.h"

namespace godwit::limits {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using test::at;
using test::TimeZone;

WeeklyWindows windows(std::vector<WeeklyWindow> list) { return WeeklyWindows::of(std::move(list)).value(); }

TEST(WeeklyWindows, NoneAreAlwaysOpen) {
  EXPECT_TRUE(WeeklyWindows().is_open(at(2024, 1, 8, 12, 0)));
  EXPECT_EQ(WeeklyWindows().next_opening(at(2024, 1, 8, 12, 0)), std::nullopt);
}

TEST(WeeklyWindows, OpenFromTheFirstMinuteToBeforeTheLast) {
  const TimeZone zone("UTC0");
  const WeeklyWindows night = windows({{hours(22), days(1) + hours(6)}});
  EXPECT_FALSE(night.is_open(at(2024, 1, 8, 21, 59, 59)));
  EXPECT_TRUE(night.is_open(at(2024, 1, 8, 22, 0)));
  EXPECT_TRUE(night.is_open(at(2024, 1, 9, 5, 59, 59)));
  EXPECT_FALSE(night.is_open(at(2024, 1, 9, 6, 0)));
  EXPECT_EQ(night.next_opening(at(2024, 1, 8, 21, 59, 59)), at(2024, 1, 8, 22, 0));
  EXPECT_EQ(night.next_opening(at(2024, 1, 8, 23, 0)), std::nullopt);
  EXPECT_EQ(night.next_opening(at(2024, 1, 9, 6, 0)), at(2024, 1, 15, 22, 0));
}

TEST(WeeklyWindows, OneMayGoOverTheEndOfTheWeek) {
  const TimeZone zone("UTC0");
  const WeeklyWindows sunday_night = windows({{days(6) + hours(22), hours(6)}});
  EXPECT_TRUE(sunday_night.is_open(at(2024, 1, 7, 23, 0)));
  EXPECT_TRUE(sunday_night.is_open(at(2024, 1, 8, 5, 0)));
  EXPECT_FALSE(sunday_night.is_open(at(2024, 1, 8, 6, 0)));
  EXPECT_FALSE(sunday_night.is_open(at(2024, 1, 14, 21, 59)));
}

TEST(WeeklyWindows, TheNearestOpeningCounts) {
  const TimeZone zone("UTC0");
  const WeeklyWindows both = windows({{days(4), days(5)}, {days(2), days(3)}});
  EXPECT_EQ(both.next_opening(at(2024, 1, 8, 12, 0)), at(2024, 1, 10, 0, 0));
  EXPECT_EQ(both.next_opening(at(2024, 1, 11, 12, 0)), at(2024, 1, 12, 0, 0));
  EXPECT_TRUE(windows({{hours(5), hours(5)}}).is_open(at(2024, 1, 8, 4, 0)));
  EXPECT_TRUE(windows({{minutes(0), whole_week}}).is_open(at(2024, 1, 14, 23, 59)));
}

TEST(WeeklyWindows, AreThoseOfTheirZone) {
  const TimeZone machine("UTC0");
  const WeeklyWindows night = WeeklyWindows::of({{hours(22), days(1) + hours(6)}}, Zone::of("Europe/Berlin").value()).value();
  EXPECT_FALSE(night.is_open(at(2024, 1, 8, 20, 59, 59)));
  EXPECT_TRUE(night.is_open(at(2024, 1, 8, 21, 0)));
  EXPECT_FALSE(night.is_open(at(2024, 1, 9, 5, 0)));
  EXPECT_FALSE(night.is_open(at(2024, 7, 8, 19, 59, 59)));
  EXPECT_TRUE(night.is_open(at(2024, 7, 8, 20, 0))) << "in summer";
  EXPECT_EQ(night.next_opening(at(2024, 3, 27, 12, 0)), at(2024, 4, 1, 20, 0));
}

TEST(WeeklyWindows, AnOpeningThatTheChangeToSummerTimeLeavesOutIsTheChange) {
  const Zone berlin = Zone::of("Europe/Berlin").value();
  const WeeklyWindows early = WeeklyWindows::of({{days(6) + hours(2) + minutes(30), days(6) + hours(6)}}, berlin).value();
  const auto opening = early.next_opening(at(2024, 3, 30, 12, 0));
  EXPECT_EQ(opening, at(2024, 3, 31, 1, 0));
  EXPECT_TRUE(early.is_open(*opening)) << "who waits for it finds it open";
  EXPECT_FALSE(early.is_open(*opening - std::chrono::seconds(1)));
}

TEST(WeeklyWindows, RefusesTimesOutsideTheWeek) {
  for (const WeeklyWindow wrong : {WeeklyWindow{minutes(-1), hours(1)}, {whole_week, hours(1)}, {hours(1), minutes(-1)},
                                   {hours(1), whole_week + minutes(1)}}) {
    const auto made = WeeklyWindows::of({{hours(1), hours(2)}, wrong});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_TRUE(made.error().what.starts_with("window 2:")) << made.error().what;
  }
}

}  // namespace
}  // namespace godwit::limits
