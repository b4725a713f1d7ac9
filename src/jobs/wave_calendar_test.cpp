// SPDX-License-Identifier: Apache-2.0
#include "jobs/wave_calendar.h"

#include <gtest/gtest.h>

#include "limits/test_clock.h"

namespace godwit::jobs {
namespace {

using Accounts = WaveCalendar::Accounts;
using Why = WaveWait::Why;
using limits::test::at;
using std::chrono::days;
using std::chrono::hours;

// Friday 22:00 to Saturday 06:00.
limits::WeeklyWindows friday_night(const std::string& zone) {
  return limits::WeeklyWindows::of({{days(4) + hours(22), days(5) + hours(6)}}, limits::Zone::of(zone).value()).value();
}

TEST(WaveCalendar, AWaveWaitsForItsWindowInItsZone) {
  limits::test::TestClock clock(at(2024, 3, 27, 12, 0));  // a Wednesday before the change to summer time
  WaveCalendar calendar({{.name = "berlin", .windows = friday_night("Europe/Berlin")},
                         {.name = "lisbon", .windows = friday_night("Europe/Lisbon")}},
                        {}, clock.clock());
  const std::vector<Accounts> left(2, Accounts::left);
  auto waits = calendar.look(left);
  EXPECT_EQ(waits.at(0).why, Why::window);
  EXPECT_EQ(waits[0].until, at(2024, 3, 29, 21, 0));
  EXPECT_EQ(waits[1].until, at(2024, 3, 29, 22, 0));
  EXPECT_FALSE(waits[0].is_stuck) << "it opens by itself";
  clock.advance(at(2024, 3, 29, 21, 0) - at(2024, 3, 27, 12, 0));
  waits = calendar.look(left);
  EXPECT_FALSE(waits[0]);
  EXPECT_TRUE(waits[1]);
  clock.advance(hours(8));
  waits = calendar.look(left);
  EXPECT_EQ(waits[0].until, at(2024, 4, 5, 20, 0)) << "summer time";
  EXPECT_FALSE(waits[1]);
}

TEST(WaveCalendar, AWaveWaitsForTheEndOfTheOneBefore) {
  limits::test::TestClock clock;
  WaveCalendar calendar({{.name = "first"}, {.name = "second", .after = "first"}, {.name = "third", .after = "second"}}, {}, clock.clock());
  auto waits = calendar.look({Accounts::left, Accounts::left, Accounts::left});
  EXPECT_FALSE(waits.at(0));
  EXPECT_EQ(waits[1].why, Why::other_wave);
  EXPECT_EQ(waits[1].other, "first");
  EXPECT_EQ(waits[2].other, "second");
  EXPECT_FALSE(waits[1].is_stuck || waits[2].is_stuck);
  waits = calendar.look({Accounts::over, Accounts::left, Accounts::left});
  EXPECT_FALSE(waits[1]);
  EXPECT_TRUE(waits[2]);
  waits = calendar.look({Accounts::left, Accounts::left, Accounts::left});
  EXPECT_FALSE(waits[1]) << "an account of the first is tried again: it has ended all the same";
  EXPECT_EQ(calendar.ended(), std::set<std::string>{"first"});
}

TEST(WaveCalendar, KnowsWhatNothingInThisRunWillEnd) {
  limits::test::TestClock clock;
  const std::vector<WaveTimes> chain{{.name = "first"}, {.name = "second", .after = "first"}, {.name = "third", .after = "second"}};
  struct Case {
    const char* what;
    std::set<std::string> held;
    bool first_has_ended;
    std::vector<Accounts> accounts;
    Why second, third;
    bool second_is_stuck, third_is_stuck;
  };
  using enum Accounts;
  const Case cases[] = {
      {"the first is not in the run", {}, false, {absent, left, left}, Why::other_wave, Why::other_wave, true, true},
      {"it ended in an earlier one", {}, true, {absent, left, left}, Why::nothing, Why::other_wave, false, false},
      {"the second is not in the run", {}, true, {left, absent, left}, Why::nothing, Why::other_wave, false, true},
      {"the first waits for a sign-off", {"first"}, false, {left, left, left}, Why::other_wave, Why::other_wave, true, true},
      {"the second waits for a sign-off", {"second"}, false, {left, left, left}, Why::sign_off, Why::other_wave, true, true},
      {"only the third is in the run", {}, true, {absent, absent, left}, Why::nothing, Why::other_wave, false, true},
  };
  for (const Case& each : cases) {
    std::vector<WaveTimes> waves = chain;
    waves[0].has_ended = each.first_has_ended;
    WaveCalendar calendar(waves, each.held, clock.clock());
    const auto waits = calendar.look(each.accounts);
    EXPECT_EQ(waits[1].why, each.second) << each.what;
    EXPECT_EQ(waits[2].why, each.third) << each.what;
    EXPECT_EQ(waits[1].is_stuck, each.second_is_stuck) << each.what;
    EXPECT_EQ(waits[2].is_stuck, each.third_is_stuck) << each.what;
  }
}

TEST(WaveCalendar, BearsWhatAPlanDoesNotAllow) {
  limits::test::TestClock clock;
  WaveCalendar ring({{.name = "a", .after = "b"}, {.name = "b", .after = "a"}, {.name = "c", .after = "nobody"}}, {}, clock.clock());
  for (const WaveWait& wait : ring.look({Accounts::left, Accounts::left, Accounts::left})) {
    EXPECT_EQ(wait.why, Why::other_wave);
    EXPECT_TRUE(wait.is_stuck);
  }
}

TEST(WaveCalendar, AWaveThatItDoesNotKnowWaitsForASignOffAlone) {
  limits::test::TestClock clock;
  WaveCalendar calendar({{.name = "known"}}, {"other"}, clock.clock());
  EXPECT_EQ(calendar.place_of("known"), 0U);
  EXPECT_EQ(calendar.place_of("other"), 1U);
  EXPECT_EQ(calendar.place_of(""), 2U);
  auto waits = calendar.look({});
  EXPECT_EQ(waits.at(1).why, Why::sign_off);
  EXPECT_TRUE(waits[1].is_stuck);
  EXPECT_FALSE(waits.at(2));
  calendar.open("other");
  EXPECT_FALSE(calendar.look({})[1]);
}

}  // namespace
}  // namespace godwit::jobs
