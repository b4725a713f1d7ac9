// SPDX-License-Identifier: Apache-2.0
#include "plan/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::plan {
namespace {

using std::chrono::minutes;

std::string days_of(const WeeklyWindow& window) {  // Monday first
  std::string days;
  for (std::size_t day = 0; day < 7; ++day) days += window.days[day] ? 'x' : '.';
  return days;
}

TEST(Windows, DaysAndTimes) {
  struct Row {
    const char *text, *days;
    int begin, end;
  };
  for (const Row& row : {Row{"Mon-Fri 22:00-06:00", "xxxxx..", 22 * 60, 30 * 60}, Row{"Sat,Sun 00:00-24:00", ".....xx", 0, 1440},
                         Row{"sat-sun", ".....xx", 0, 1440}, Row{"22:30-6:15", "xxxxxxx", 22 * 60 + 30, 30 * 60 + 15},
                         Row{"daily 08:00-09:00", "xxxxxxx", 480, 540}, Row{"Daily", "xxxxxxx", 0, 1440},
                         Row{"Fri-Mon 12:00-13:00", "x...xxx", 720, 780}, Row{"Monday,Wed-THURSDAY,sun 01:00-00:00", "x.xx..x", 60, 1440},
                         Row{"Tue-Tue", ".x.....", 0, 1440}, Row{"Wed 23:59-23:58", "..x....", 1439, 1440 + 1438}}) {
    const auto window = parse_window(row.text);
    ASSERT_TRUE(window) << row.text << ": " << window.error().what;
    EXPECT_EQ(days_of(*window), row.days) << row.text;
    EXPECT_EQ(window->begin, minutes(row.begin)) << row.text;
    EXPECT_EQ(window->end, minutes(row.end)) << row.text;
  }
}

TEST(Windows, ErrorsSayWhatToWrite) {
  for (const auto& [text, error] : std::vector<std::pair<std::string, std::string>>{
           {"", "the window is empty; write \"Mon-Fri 22:00-06:00\""},
           {"Mo 22:00-06:00", "\"Mo\" is no day of the week"},
           {"Mon- 22:00-06:00", "\"Mon-\" is no day"},
           {"Mon, 22:00-06:00", "\"\" is no day"},
           {"Mon-Fri 22-06", "\"22-06\" is no span of time; write 22:00-06:00"},
           {"Mon-Fri 22:00", "is no span of time"},
           {"Mon-Fri 24:00-06:00", "is no span of time"},
           {"Mon-Fri 22:60-06:00", "is no span of time"},
           {"Mon-Fri 22:00-24:01", "is no span of time"},
           {"Mon-Fri 25:00-06:00", "is no span of time"},
           {"Mon-Fri 022:00-06:00", "is no span of time"},
           {"Mon-Fri 22:0-06:00", "is no span of time"},
           {"Mon-Fri  22:00-06:00", "is no span of time"},
           {"Mon-Fri 22:00 - 06:00", "is no span of time"},
           {"Mon-Fri ", "\"\" is no span of time"},
           {"08:00-08:00", "the window begins and ends at the same time; write 00:00-24:00"}}) {
    const auto window = parse_window(text);
    ASSERT_FALSE(window) << text;
    EXPECT_EQ(window.error().kind, ErrorKind::usage);
    EXPECT_THAT(window.error().what, testing::HasSubstr(error)) << text;
  }
}

TEST(Windows, TimeZonesAreThoseOfTheMachine) {
  EXPECT_TRUE(check_time_zone("Europe/Berlin"));
  EXPECT_TRUE(check_time_zone("UTC"));
  for (const std::string& wrong : {std::string(), std::string("Europe"), std::string("Berlin"), std::string("../../../etc/passwd"),
                                   std::string("/etc/passwd"), std::string("UTC\0x", 5), std::string(5000, 'x')}) {
    const auto checked = check_time_zone(wrong);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().what, testing::HasSubstr("write its name as in /usr/share/zoneinfo: \"Europe/Berlin\""));
  }
}

}  // namespace
}  // namespace godwit::plan
