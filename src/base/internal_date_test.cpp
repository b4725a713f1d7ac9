// SPDX-License-Identifier: Apache-2.0
#include "base/internal_date.h"

#include <gtest/gtest.h>

#include <random>

namespace godwit {
namespace {

InternalDate date_of(std::string_view text) {
  const auto date = InternalDate::parse(text);
  EXPECT_TRUE(date.has_value()) << text;
  return date.value_or(InternalDate());
}

TEST(InternalDate, IsReadAsAnInstantAndItsZone) {
  EXPECT_EQ(date_of("17-Jul-1996 02:44:25 -0700"), (InternalDate{837'596'665, -420}));
  EXPECT_EQ(date_of("01-Jan-1970 00:00:00 +0000"), (InternalDate{0, 0}));
  EXPECT_EQ(date_of("31-Dec-1969 23:59:59 +0000"), (InternalDate{-1, 0}));
  EXPECT_EQ(date_of("29-Feb-2024 12:00:00 +0545"), (InternalDate{1'709'187'300, 345}));
  EXPECT_EQ(date_of("19-Jan-2038 03:14:08 +0000"), (InternalDate{std::int64_t{1} << 31, 0}));
  EXPECT_EQ(date_of("01-Jan-1970 00:00:00 +2359"), (InternalDate{-86'340, 1439}));
}

TEST(InternalDate, OtherFormsOfTheSameText) {
  EXPECT_EQ(date_of(" 7-Feb-1994 21:52:25 -0800"), date_of("07-Feb-1994 21:52:25 -0800"));
  EXPECT_EQ(date_of("07-FEB-1994 21:52:25 -0800"), date_of("07-feb-1994 21:52:25 -0800"));
  EXPECT_EQ(date_of("07-Feb-1994 21:52:25 -0000"), date_of("07-Feb-1994 21:52:25 +0000"));
  EXPECT_EQ(date_of("31-Dec-2016 23:59:60 +0000"), date_of("01-Jan-2017 00:00:00 +0000"));
  EXPECT_EQ(date_of(" 7-Feb-1994 21:52:25 -0800").to_string(), "07-Feb-1994 21:52:25 -0800");
}

TEST(InternalDate, JunkIsNoDate) {
  for (const std::string_view text :
       {"", "17-Jul-1996", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 -070", "17-Jul-1996 02:44:25 -07000",
        "\"17-Jul-1996 02:44:25 -0700\"", "17-Jul-1996 02:44:25 0700 ", "17-Jul-1996 02:44:25  0700",
        "17-Jul-1996T02:44:25 -0700", "17/Jul/1996 02:44:25 -0700", "17-Jul-1996 02.44.25 -0700",
        "00-Jul-1996 02:44:25 -0700", " 0-Jul-1996 02:44:25 -0700", "32-Jul-1996 02:44:25 -0700",
        "31-Jun-1996 02:44:25 -0700", "29-Feb-2023 02:44:25 -0700", "29-Feb-1900 02:44:25 -0700",
        "7 -Jul-1996 02:44:25 -0700", "  -Jul-1996 02:44:25 -0700", "+7-Jul-1996 02:44:25 -0700",
        "17-Jux-1996 02:44:25 -0700", "17-    -196 02:44:25 -0700", "17-Jul- 996 02:44:25 -0700",
        "17-Jul-19x6 02:44:25 -0700", "17-Jul-1996 24:44:25 -0700", "17-Jul-1996 02:60:25 -0700",
        "17-Jul-1996 02:44:61 -0700", "17-Jul-1996  2:44:25 -0700", "17-Jul-1996 02:44:-5 -0700",
        "17-Jul-1996 02:44:25 -2400", "17-Jul-1996 02:44:25 -0760", "17-Jul-1996 02:44:25 *0700",
        "17-Jul-1996 02:44:25 -07x0"}) {
    EXPECT_EQ(InternalDate::parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(InternalDate::parse(std::string_view("17-Jul-1996 02:44:25 -07\0000", 26)), std::nullopt);
}

TEST(InternalDate, IsWrittenForManifests) {
  EXPECT_EQ(date_of("17-Jul-1996 02:44:25 -0700").to_rfc3339(), "1996-07-17T02:44:25-07:00");
  EXPECT_EQ(date_of("01-Jan-2001 00:00:00 +0000").to_rfc3339(), "2001-01-01T00:00:00+00:00");
  EXPECT_EQ(date_of(" 9-Nov-0999 01:02:03 +0005").to_rfc3339(), "0999-11-09T01:02:03+00:05");
}

TEST(InternalDate, OneInstantInTwoZonesIsTwoDates) {
  const InternalDate west = date_of("17-Jul-1996 02:44:25 -0700"), east = date_of("17-Jul-1996 11:44:25 +0200");
  EXPECT_NE(west, east);
  EXPECT_TRUE(west.same_instant(east));
  EXPECT_FALSE(west.same_instant(date_of("17-Jul-1996 02:44:26 -0700")));
}

// The farthest instants that a text can name, and random ones between them, in the farthest zones.
TEST(InternalDate, TextAndNumberGiveTheSameDateBack) {
  const InternalDate first = date_of("01-Jan-0000 00:00:00 +2359"), last = date_of("31-Dec-9999 23:59:59 -2359");
  EXPECT_EQ(first.to_string(), "01-Jan-0000 00:00:00 +2359");
  EXPECT_EQ(last.to_string(), "31-Dec-9999 23:59:59 -2359");
  std::mt19937_64 random(1970);
  std::vector<InternalDate> dates{first, last, {0, 0}, {-1, -1439}, {0, 1439}, {-60, 1}};
  for (int i = 0; i < 20'000; ++i) {
    dates.push_back({std::uniform_int_distribution<std::int64_t>(first.seconds + 86'400, last.seconds - 86'400)(random),
                     static_cast<std::int16_t>(std::uniform_int_distribution<int>(-1439, 1439)(random))});
  }
  for (const InternalDate& date : dates) {
    ASSERT_EQ(InternalDate::from_packed(date.packed()), date) << date.seconds << " " << date.zone_minutes;
    ASSERT_EQ(InternalDate::parse(date.to_string()), date) << date.to_string();
  }
  EXPECT_LT((InternalDate{5, 1439}).packed(), (InternalDate{6, -1439}).packed());
  EXPECT_LT(date_of("31-Dec-2999 00:00:00 +0000").packed(), std::int64_t{1} << 47) << "six bytes in the ledger";
}

}  // namespace
}  // namespace godwit
