// SPDX-License-Identifier: Apache-2.0
#include "mime/header_date.h"

#include <gtest/gtest.h>

#include <string>

namespace godwit::mime {
namespace {

std::string text_of(const std::optional<InternalDate>& date) { return date ? date->to_string() : "none"; }

TEST(HeaderDate, Forms) {
  const std::pair<std::string_view, std::string_view> dates[] = {
      {"Mon, 05 Jan 1998 10:00:01 -0500", "05-Jan-1998 10:00:01 -0500"},
      {" 5 jan 1998 9:05 +0100 (CET)", "05-Jan-1998 09:05:00 +0100"},
      {"Mon, 5 (a (nested) comment) Jan 98 10:00:01 EST", "05-Jan-1998 10:00:01 -0500"},
      {"Thu, 1 Feb 07 00:00:00 GMT", "01-Feb-2007 00:00:00 +0000"},
      {"1 January 102 00:00:00 Z", "01-Jan-2002 00:00:00 +0000"},
      {"Mon,5 Jan 1998 10:00:01", "05-Jan-1998 10:00:01 +0000"},
      {"Mon Jan  5 10:00:01 1998", "05-Jan-1998 10:00:01 +0000"},
      {"Mon Jan  5 10:00:01 PDT 1998", "05-Jan-1998 10:00:01 -0700"},
      {"5 Jan 1998 10:00:01 XYZ", "05-Jan-1998 10:00:01 +0000"},
  };
  for (const auto& [text, expected] : dates) EXPECT_EQ(text_of(parse_header_date(text)), expected) << text;
  for (const std::string_view none : {"", "yesterday", "32 Jan 1998 10:00:00 +0000", "5 Foo 1998 10:00:00 +0000", "5 Jan 1998", "0 Jan 1998 1:0:0",
                                      "5 Jan 19980 10:00:00 +0000", "5 Jan 1998 25:00:00 +0000", "(", "Mon,", "Jan", "5 Jan 1 10:00:00 +0000"}) {
    EXPECT_EQ(text_of(parse_header_date(none)), "none") << none;
  }
}

TEST(HeaderDate, TopmostReceivedElseDate) {
  const std::string_view date = "Date: Mon, 5 Jan 1998 10:00:00 +0000\r\n";
  const std::string received = "Received: from a; by b\r\n\tfor c; Tue, 6 Jan 1998\r\n 11:00:00 +0100\r\n";
  const std::string older = "RECEIVED: by a; Wed, 7 Jan 1998 11:00:00 +0100\r\n";
  EXPECT_EQ(text_of(arrival_date(std::string(date) + received + older + "\r\nbody")), "06-Jan-1998 11:00:00 +0100");
  EXPECT_EQ(text_of(arrival_date(std::string("From: x\n") + std::string(date))), "05-Jan-1998 10:00:00 +0000");
  EXPECT_EQ(text_of(arrival_date("Received: without a date\r\n" + older + std::string(date))), "05-Jan-1998 10:00:00 +0000");
  EXPECT_EQ(text_of(arrival_date("Subject: x\r\n\r\n" + std::string(date))), "none") << "the body does not count";
  EXPECT_EQ(text_of(arrival_date("")), "none");
  EXPECT_EQ(text_of(arrival_date("\r\n")), "none");
  EXPECT_EQ(text_of(arrival_date("X-Date: 1\r\nReceived:")), "none");
}

}  // namespace
}  // namespace godwit::mime
