// SPDX-License-Identifier: Apache-2.0
#include "limits/gate.h"

#include <gtest/gtest.h>

#include "limits/test_clock.h"

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(hours(1000));

TEST(Gate, NamesWhatStopsAndUntilWhen) {
  const test::TimeZone zone("UTC0");
  const WallTime monday = test::at(2024, 1, 8, 12, 0);
  Gate gate(WeeklyWindows::of({{hours(10), hours(14)}}).value(), 100);
  EXPECT_FALSE(gate.look(start, monday));
  EXPECT_TRUE(gate.is_surely_open(start));
  EXPECT_FALSE(gate.is_surely_open(start + seconds(1)));

  gate.back_off_until(start + minutes(5));
  gate.back_off_until(start + minutes(1));
  EXPECT_FALSE(gate.is_surely_open(start));
  Obstruction found = gate.look(start, monday);
  EXPECT_EQ(found.obstacle, Obstacle::back_off);
  EXPECT_EQ(found.until, start + minutes(5));
  EXPECT_FALSE(gate.look(start + minutes(5), monday));

  gate.add_bytes(99);
  EXPECT_TRUE(gate.is_surely_open(start + minutes(5)));
  gate.add_bytes(1);
  EXPECT_FALSE(gate.is_surely_open(start + minutes(5)));
  found = gate.look(start + minutes(5), monday);
  EXPECT_EQ(found.obstacle, Obstacle::day_budget);
  EXPECT_EQ(found.until, start + minutes(5) + hours(12));

  found = gate.look(start + minutes(5), monday + hours(2));
  EXPECT_EQ(found.obstacle, Obstacle::window);
  EXPECT_EQ(found.until, start + minutes(5) + hours(164));

  gate.pause(true);
  found = gate.look(start, monday);
  EXPECT_EQ(found.obstacle, Obstacle::paused);
  EXPECT_EQ(found.until, TimePoint::max());
}

}  // namespace
}  // namespace godwit::limits
