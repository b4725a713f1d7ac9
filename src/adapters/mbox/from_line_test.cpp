// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/from_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace godwit::adapters {
namespace {

class FromLineTest : public testing::Test {
 protected:
  FromLineTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

TEST_F(FromLineTest, DatesInTheirManyForms) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"From alice@example.com Tue Mar  4 03:33:20 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From alice@example.com Tue Mar 04 03:33:20 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From - Fri Aug 23 02:32:53 2002", "23-Aug-2002 02:32:53 +0000"},
      {"From alice Tue Mar  4 03:33 2003", "04-Mar-2003 03:33:00 +0000"},
      {"From alice  Tue Mar  4 03:33:20 CET 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Tue Mar  4 03:33:20 GMT 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Tue Mar  4 03:33:20 MET DST 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Tue Mar  4 03:33:20 +0100 2003", "04-Mar-2003 03:33:20 +0100"},
      {"From alice Tue Mar  4 03:33:20 2003 -0730", "04-Mar-2003 03:33:20 -0730"},
      {"From alice Tue Mar  4 03:33:20 2003 remote from example", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Tue, 4 Mar 2003 03:33:20 +0100 (CET)", "04-Mar-2003 03:33:20 +0100"},
      {"From  Tue Mar  4 03:33:20 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From \"A B\"@example.com Tue Mar  4 03:33:20 2003", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Tue Mar  4 03:33:20 2003\r", "04-Mar-2003 03:33:20 +0000"},
      {"From alice Sat Feb 29 23:59:60 2020", "01-Mar-2020 00:00:00 +0000"},
      {"From alice Tue MAR  4 3:33:20 2003", "04-Mar-2003 03:33:20 +0000"},
  };
  for (const auto& [line, date] : table) {
    const auto from = parse_from_line(line);
    ASSERT_TRUE(from && from->date) << line;
    EXPECT_EQ(from->date->to_string(), date) << line;
  }
}

TEST_F(FromLineTest, WithoutADate) {
  for (const char* line : {"From -", "From - ", "From 1844347792267117879@xxx", "From alice@example.com"}) {
    const auto from = parse_from_line(line);
    ASSERT_TRUE(from) << line;
    EXPECT_FALSE(from->date) << line;
  }
}

TEST_F(FromLineTest, Sentences) {
  for (const char* line :
       {"From Russia with love", "From", "From ", "From: alice@example.com", ">From alice Tue Mar  4 03:33:20 2003", 
        "From now on at 03:33:20 2003",
        "From alice Tue Mar 32 03:33:20 2003", "From alice Tue Mar  4 24:33:20 2003", "From alice Tue Mar  4 03:33:20", "From here",
        "From alice Tue Mar  4 03:33:20 2003 and more words",
        "From alice Tue Feb 30 03:33:20 2003", "From alice Tue Mar 4 03:33:20:11 2003",
        "From alice Tue Mar  4 03:33:20 99999", "from alice Tue Mar  4 03:33:20 2003"}) {
    EXPECT_FALSE(parse_from_line(line)) << line;
  }
  EXPECT_FALSE(parse_from_line("From " + std::string(2000, 'x') + " Tue Mar  4 03:33:20 2003"));
}

TEST_F(FromLineTest, LocalTimeHasItsZone) {
  ::setenv("TZ", "Europe/Berlin", 1);
  ::tzset();
  EXPECT_EQ(parse_from_line("From alice Tue Mar  4 03:33:20 2003")->date->to_string(), "04-Mar-2003 03:33:20 +0100");
  EXPECT_EQ(parse_from_line("From alice Fri Jul  4 03:33:20 2003")->date->to_string(), "04-Jul-2003 03:33:20 +0200");
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST_F(FromLineTest, WhatIsWrittenIsReadAgain) {
  for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{86399}, std::int64_t{951782400}, std::int64_t{4102444800}}) {
    const std::string line = make_from_line({seconds, 120});
    EXPECT_EQ(parse_from_line(line)->date->seconds, seconds) << line;
  }
  for (const char* const date : {"20-Jul-1969 20:17:40 +0000", "01-Jan-1970 00:30:00 +0100", "01-Jan-0001 00:00:00 +0000"}) {
    EXPECT_EQ(make_from_line(*InternalDate::parse(date)), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970") << date;
  }
  EXPECT_TRUE(parse_from_line(make_from_line(*InternalDate::parse("31-Dec-9999 23:59:59 -0100"))));
  EXPECT_EQ(make_from_line(*InternalDate::parse("04-Mar-2003 03:33:20 +0100")), "From MAILER-DAEMON Tue Mar  4 02:33:20 2003");
}

}  // namespace
}  // namespace godwit::adapters
