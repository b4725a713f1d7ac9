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

Zone zone_of(const char* name) { return Zone::of(name).value(); }

TEST(LimitsLocalTime, AnotherZoneIsNotTheMachines) {
  const TimeZone machine("UTC0");
  const Zone berlin = zone_of("Europe/Berlin"), kolkata = zone_of("Asia/Kolkata");
  EXPECT_EQ(minute_of_week(at(2024, 1, 7, 23, 30), berlin), minutes(30)) << "Monday there, Sunday here";
  EXPECT_EQ(minute_of_week(at(2024, 1, 7, 23, 30)), days(6) + hours(23) + minutes(30));
  EXPECT_EQ(minute_of_week(at(2024, 1, 13, 18, 29, 59), kolkata), days(5) + hours(23) + minutes(59));
  EXPECT_EQ(minute_of_week(at(2024, 1, 13, 18, 30), kolkata), days(6));
  EXPECT_EQ(local_day(at(2024, 1, 7, 23, 0), berlin), local_day(at(2024, 1, 7, 23, 0)) + 1);
  EXPECT_EQ(next_midnight(at(2024, 3, 30, 23, 30), berlin), at(2024, 3, 31, 22, 0)) << "a day of 23 hours";
  EXPECT_EQ(next_midnight(at(2024, 10, 26, 22, 30), berlin), at(2024, 10, 27, 23, 0)) << "a day of 25 hours";
  EXPECT_EQ(next_midnight(at(2024, 12, 31, 12, 0), zone_of("UTC")), at(2025, 1, 1, 0, 0));
}

TEST(LimitsLocalTime, TheNextTimeInAnotherZoneKnowsItsSummer) {
  const TimeZone machine("UTC0");
  struct Case {
    const char* zone;
    WallTime time;
    std::chrono::minutes minute;
    WallTime next;
  };
  const Case cases[] = {
      {"Europe/Berlin", at(2024, 1, 8, 12, 0), hours(22), at(2024, 1, 8, 21, 0)},
      {"Europe/Berlin", at(2024, 3, 27, 12, 0), hours(22), at(2024, 4, 1, 20, 0)},              // over the change to summer time
      {"Europe/Berlin", at(2024, 10, 26, 12, 0), hours(22), at(2024, 10, 28, 21, 0)},           // and back
      {"Europe/Berlin", at(2024, 3, 30, 12, 0), days(6) + hours(2) + minutes(30), at(2024, 3, 31, 1, 0)},  // 02:30 is left out
      {"Europe/Berlin", at(2024, 10, 26, 12, 0), days(6) + hours(2) + minutes(30), at(2024, 10, 27, 0, 30)},  // twice: the first
      {"America/New_York", at(2024, 3, 9, 12, 0), days(6) + hours(22), at(2024, 3, 11, 2, 0)},
      {"Australia/Lord_Howe", at(2024, 4, 6, 12, 0), days(6) + hours(22), at(2024, 4, 7, 11, 30)},  // half an hour
      {"Europe/Berlin", at(2049, 7, 1, 12, 0), days(3) + hours(22), at(2049, 7, 1, 20, 0)},  // years that only the rule tells
      {"Europe/Berlin", at(2050, 1, 3, 12, 0), hours(22), at(2050, 1, 3, 21, 0)},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(next_at(each.time, each.minute, zone_of(each.zone)), each.next)
        << each.zone << " " << each.time.time_since_epoch().count() << " " << each.minute.count();
  }
}

TEST(LimitsLocalTime, OnlyNamesOfZonesAreTaken) {
  EXPECT_TRUE(Zone::of(""));
  EXPECT_TRUE(Zone::of("America/Argentina/Buenos_Aires"));
  for (const char* name :
       {"Europe/Nowhere", "/etc/localtime", "../zoneinfo/UTC", "libc:localtime", "file:UTC", "Europe", "zone.tab", "\x01"}) {
    const auto zone = Zone::of(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().kind, ErrorKind::usage);
    EXPECT_NE(zone.error().what.find("Europe/Berlin"), std::string::npos) << "says what to write";
  }
}

}  // namespace
}  // namespace godwit::limits
