// SPDX-License-Identifier: Apache-2.0
#include "groupware/content_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "groupware/scheduling.h"

namespace godwit::groupware {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Property first_property(std::string_view line, Syntax syntax = Syntax::calendar) {
  const auto read = ContentLines(line, syntax).next();
  EXPECT_TRUE(read && *read) << line;
  return read && *read ? **read : Property{};
}

TEST(ContentLines, UnfoldsAtBlanksAndTabs) {
  EXPECT_EQ(first_property("SUMMARY:a\r\n b\r\n\tc\r\n d").value, "abcd");
  EXPECT_EQ(first_property("SUMMARY:a\n  b\n").value, "a b");
  EXPECT_EQ(first_property("SUM\r\n MARY:\xC3\r\n \xA4\r\n").value, "\xC3\xA4");
  EXPECT_EQ(first_property("\xEF\xBB\xBF\r\n\r\nSUMMARY:a\r\n").line, 3U);
  EXPECT_EQ(first_property("SUMMARY:a\rDESCRIPTION:b\r").value, "a");
}

TEST(ContentLines, TakesParametersApart) {
  const Property property = first_property("attendee;CN=\"a;b:c,d\";x-y=1,\"2\",3;Q=^'^n^^^x:mailto:a@example.com");
  EXPECT_EQ(property.name, "ATTENDEE");
  EXPECT_EQ(property.parameter_value("CN"), "a;b:c,d");
  EXPECT_THAT(property.parameter("X-Y")->values, ElementsAre("1", "2", "3"));
  EXPECT_EQ(property.parameter_value("Q"), "\"\n^^x");
  EXPECT_EQ(property.value, "mailto:a@example.com");
  EXPECT_EQ(property.parameter("Z"), nullptr);
}

TEST(ContentLines, ReadsGroupsAndOldCards) {
  const Property grouped = first_property("item1.TEL;HOME;VOICE:1", Syntax::card);
  EXPECT_EQ(grouped.group, "item1");
  EXPECT_EQ(grouped.name, "TEL");
  EXPECT_THAT(grouped.parameters, ElementsAre(Parameter{"", {"HOME"}}, Parameter{"", {"VOICE"}}));
  const auto card = read_components(
      "BEGIN:VCARD\nVERSION:2.1\nNOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\ntwo=\n\nADR:a\n "
      "b\nPHOTO;ENCODING=BASE64:\nAAAA\nBBBB\n\nFN:x\nEND:VCARD\n",
      Syntax::card);
  ASSERT_TRUE(card) << describe(card.error());
  const auto& properties = card->front().properties;
  EXPECT_EQ(properties[1].value, "one=0D=0Atwo");
  EXPECT_EQ(properties[2].value, "a b");
  EXPECT_EQ(properties[3].value, "AAAABBBB");
  EXPECT_EQ(properties[4].name, "FN");
  EXPECT_EQ(properties[4].line, 12U);
}

struct Wrong {
  std::string_view text, where, what;
};

TEST(ContentLines, SaysWhatIsWrongAndWhere) {
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 17; ++i) text += "BEGIN:X\n";
    return text;
  }();
  for (const Wrong& wrong : std::vector<Wrong>{
           {"SUMMARY:a", "line 1", "outside of any BEGIN"},
           {"BEGIN:A\nSUMMARY\nEND:A", "line 2", "no value"},
           {"BEGIN:A\n\n:x\nEND:A", "line 3", "is no property"},
           {"BEGIN:A\nA B:x\nEND:A", "line 2", "is no property"},
           {"BEGIN:A\nX;Y:x\nEND:A", "line 2", "not written NAME=value"},
           {"BEGIN:A\nX; Y=1:x\nEND:A", "line 2", "not written NAME=value"},
           {"BEGIN:A\nX;Y=\"a:x\nEND:A", "line 2", "not closed"},
           {"BEGIN:A\nX;Y=\"a\"b:x\nEND:A", "line 2", "behind its quotation mark"},
           {"BEGIN:A\nX:1\n 2\nY:\xE4\nEND:A", "line 4", "is not UTF-8"},
           {"BEGIN:A\nY:a\rb\nEND:A", "line 2", "CR that ends no line"},
           {"BEGIN:A\nEND:B", "line 2", "END:A is missing (it begins in line 1)"},
           {"BEGIN:A\nBEGIN:B\n", "line 2", "has no END"},
           {"END:A", "line 1", "has no BEGIN"},
           {"BEGIN:\nEND:", "line 1", "no name of a component"},
           {deep, "line 17", "more than 16 deep"},
       }) {
    const auto read = read_components(wrong.text, Syntax::calendar);
    ASSERT_FALSE(read) << wrong.text;
    EXPECT_EQ(read.error().kind, ErrorKind::syntax);
    EXPECT_EQ(read.error().where, wrong.where) << wrong.text;
    EXPECT_THAT(read.error().what, HasSubstr(wrong.what));
  }
  EXPECT_THAT(read_components(std::string_view("BEGIN:A\nX:\0\nEND:A", 17), Syntax::calendar).error().what, HasSubstr("NUL"));
}

TEST(ContentLines, WhatIsWrittenIsReadAgain) {
  Property property{.group = "", .name = "X-A", .parameters = {{"P", {"a\"b", "c,d", "e^f\ng"}}, {"Q", {""}}}, .value = {}};
  for (int i = 0; i < 100; ++i) property.value += "\xC3\xA4";
  const std::string line = written(property);
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = line.find("\r\n", at);
    EXPECT_LE(end - at, 75U);
    EXPECT_NE(static_cast<unsigned char>(line[at + 1]) & 0xC0U, 0x80U) << "a character is cut";
    at = end + 2;
  }
  const Property again = first_property(line);
  EXPECT_EQ(again.parameters, property.parameters);
  EXPECT_EQ(again.value, property.value);
}

TEST(ContentLines, TextIsEscapedAndBack) {
  EXPECT_EQ(unescaped("a\\nb\\Nc\\,d\\;e\\\\n\\x\\"), "a\nb\nc,d;e\\n\\x\\");
  EXPECT_EQ(escaped("a\nb,c;d\\"), "a\\nb\\,c\\;d\\\\");
  EXPECT_EQ(unescaped(escaped("a\nb,c;d\\n")), "a\nb,c;d\\n");
  EXPECT_THAT(split_value("a\\,b,c\\\\,d,", ','), ElementsAre("a\\,b", "c\\\\", "d", ""));
}

constexpr std::string_view invitation =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "ORGANIZER;SCHEDULE-AGENT=SERVER;CN=A:mailto:a@example.com\r\n"
    "ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST;SCHEDULE-STATUS=1.2:mailto:\r\n b@example.com\r\n"
    "ATTENDEE;SCHEDULE-AGENT=NONE:mailto:c@example.com\r\n"
    "SUMMARY:un\r\n folded\nBEGIN:VALARM\r\nATTENDEE:mailto:d@example.com\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

TEST(Scheduling, IsSwitchedOffAndNothingElseChanges) {
  const auto quiet = without_scheduling(invitation);
  ASSERT_TRUE(quiet) << describe(quiet.error());
  EXPECT_EQ(*quiet,
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n"
            "ORGANIZER;CN=A;SCHEDULE-AGENT=CLIENT:mailto:a@example.com\r\n"
            "ATTENDEE;SCHEDULE-STATUS=1.2;SCHEDULE-AGENT=CLIENT:mailto:b@example.com\r\n"
            "ATTENDEE;SCHEDULE-AGENT=NONE:mailto:c@example.com\r\n"
            "SUMMARY:un\r\n folded\nBEGIN:VALARM\r\nATTENDEE:mailto:d@example.com\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  EXPECT_EQ(*without_scheduling(*quiet), *quiet);
  EXPECT_FALSE(without_scheduling("BEGIN:VCALENDAR\r\n"));
}

}  // namespace
}  // namespace godwit::groupware
