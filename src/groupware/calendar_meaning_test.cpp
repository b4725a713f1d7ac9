// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "groupware/content_lines.h"
#include "groupware/meaning.h"
#include "groupware/times.h"
#include "groupware/zones.h"

namespace godwit::groupware {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

// VTIMEZONE of Berlin, as Outlook writes it, under any name.
std::string berlin(std::string_view tzid) {
  return fmt::format(
      "BEGIN:VTIMEZONE\nTZID:{}\nBEGIN:STANDARD\nDTSTART:16011028T030000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n"
      "TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010325T020000\n"
      "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\nEND:VTIMEZONE\n",
      tzid);
}

std::string calendar(std::string_view inside) {
  return fmt::format("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//a//b\n{}END:VCALENDAR\n", inside);
}

std::string event(std::string_view properties, std::string_view before = {}) {
  return calendar(fmt::format("{}BEGIN:VEVENT\nUID:1\nDTSTAMP:20240101T000000Z\n{}END:VEVENT\n", before, properties));
}

Meaning meaning(std::string_view bytes) {
  auto made = meaning_of(CollectionKind::calendar, bytes);
  EXPECT_TRUE(made) << describe(made.error()) << "\n" << bytes;
  return made ? std::move(*made) : Meaning{};
}

Error error_of(std::string_view bytes) {
  const auto made = meaning_of(CollectionKind::calendar, bytes);
  EXPECT_FALSE(made) << bytes;
  return made ? Error{} : made.error();
}

struct Pair {
  std::string_view left, right;
};

TEST(CalendarMeaning, IsTheSame) {
  for (const auto& [left, right] : std::vector<Pair>{
           {"SUMMARY:a\nLOCATION:b\n", "location:b\nSummary:a\n"},
           {"SUMMARY:a\\, b\\;c\\nd\n", "SUMMARY:a, b;c\\Nd\n"},
           {"SUMMARY:folded\n", "SUMM\r\n ARY:fol\r\n\tded\r\n"},
           {"ATTENDEE;CN=A;ROLE=CHAIR:mailto:a@example.com\n", "ATTENDEE;ROLE=chair;CN=\"A\":MAILTO:A@Example.com\n"},
           {"ATTENDEE:mailto:a@example.com\nATTENDEE:mailto:b@example.com\n",
            "ATTENDEE:mailto:b@example.com\nATTENDEE:mailto:a@example.com\n"},
           {"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:a@example.com\n",
            "ATTENDEE;SCHEDULE-AGENT=CLIENT;SCHEDULE-STATUS=\"1.2\";SCHEDULE-FORCE-SEND=REPLY:mailto:a@example.com\n"},
           {"CLASS:PUBLIC\nTRANSP:OPAQUE\nSEQUENCE:0\nPRIORITY:0\n", ""},
           {"CREATED:20240101T000000Z\nLAST-MODIFIED:20240101T000000Z\nX-RADICALE-NAME:1\nREQUEST-STATUS:2.0;ok\n", ""},
           {"DESCRIPTION:\n", ""},
           {"STATUS:confirmed\nSEQUENCE:02\n", "STATUS:CONFIRMED\nSEQUENCE:2\n"},
           {"CATEGORIES:a,b\nCATEGORIES:c\n", "CATEGORIES:c,b,a\n"},
           {"GEO:48.85;2.35\n", "GEO:48.850000;2.350000\n"},
           {"DTSTART;VALUE=DATE:20240501\n", "DTSTART;VALUE=DATE:20240501\nDTEND;VALUE=DATE:20240502\n"},
           {"DTSTART:20240501T090000Z\nDTEND:20240501T100000Z\n", "DTSTART;VALUE=DATE-TIME:20240501T090000Z\nDURATION:PT1H\n"},
           {"DTSTART:20240501T090000Z\n", "DTSTART:20240501T090000Z\nDTEND:20240501T090000Z\n"},
           {"DTSTART:20240501T090000Z\nDTEND:20240501T100000Z\n",
            "DTSTART;TZID=Europe/Berlin:20240501T110000\nDTEND;TZID=America/New_York:20240501T060000\n"},
           {"DTSTART;TZID=W. Europe Standard Time:20240501T110000\n", "DTSTART;TZID=/example.org/2024/Europe/Berlin:20240501T110000\n"},
           {"DTSTART;TZID=Europe/Berlin:20240330T120000\nDURATION:P1D\n", "DTSTART:20240330T110000Z\nDTEND:20240331T100000Z\n"},
           {"DTSTART;TZID=Europe/Berlin:20240330T120000\nDURATION:PT24H\n", "DTSTART:20240330T110000Z\nDTEND:20240331T110000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n",
            "DTSTART:20240501T090000Z\nRRULE:COUNT=3;INTERVAL=1;WKST=MO;FREQ=DAILY\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n", "DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;UNTIL=20240503T090000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n", "DTSTART:20240501T090000Z\nRDATE:20240503T090000Z,20240502T090000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=1\n", "DTSTART:20240501T090000Z\n"},
           {"DTSTART;VALUE=DATE:20240501\nRRULE:FREQ=WEEKLY\n", "DTSTART;VALUE=DATE:20240501\nRRULE:FREQ=WEEKLY;BYDAY=WE\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20240502T090000Z\n",
            "DTSTART:20240501T090000Z\nRDATE:20240503T090000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20240502T090000Z,20240503T090000Z\n",
            "DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20240503T110000\nEXDATE:20240502T090000Z\n"},
           {"DTSTART;TZID=Europe/Berlin:20240501T090000\nRRULE:FREQ=DAILY;UNTIL=20240503T070000Z\n",
            "DTSTART;TZID=Europe/Berlin:20240501T090000\nRRULE:FREQ=DAILY;COUNT=3\n"},
           {"BEGIN:VALARM\nTRIGGER:-PT60M\nACTION:DISPLAY\nUID:x\nEND:VALARM\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-P1D\nEND:VALARM\n",
            "BEGIN:VALARM\nTRIGGER:-P1D\nACTION:audio\nREPEAT:0\nEND:VALARM\nBEGIN:VALARM\nACTION:DISPLAY\n"
            "TRIGGER;RELATED=START;VALUE=DURATION:-PT1H\nEND:VALARM\n"},
           {"BEGIN:VALARM\nTRIGGER:-P1D\nEND:VALARM\n", "BEGIN:VALARM\nTRIGGER:-PT1440M\nEND:VALARM\n"},
           {"ATTACH;VALUE=BINARY;ENCODING=BASE64:QUJD\n", "ATTACH;ENCODING=base64;VALUE=BINARY:QU\r\n JD\n"},
       }) {
    const Meaning one = meaning(event(left)), other = meaning(event(right));
    EXPECT_EQ(one.digest, other.digest) << left << "and\n" << right;
    EXPECT_EQ(one.lines, other.lines) << left << "and\n" << right;
    EXPECT_TRUE(differences(one, other).empty());
  }
}

TEST(CalendarMeaning, IsNotTheSame) {
  for (const auto& [left, right] : std::vector<Pair>{
           {"SUMMARY:a\n", "SUMMARY:A\n"},
           {"SUMMARY:a\n", ""},
           {"SUMMARY:a\\nb\n", "SUMMARY:a\\\\nb\n"},
           {"CLASS:PRIVATE\n", ""},
           {"TRANSP:TRANSPARENT\n", ""},
           {"X-ANYTHING:1\n", ""},
           {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com\n", "ATTENDEE:mailto:a@example.com\n"},
           {"ATTENDEE:mailto:a@example.com\n", "ATTENDEE:mailto:b@example.com\n"},
           {"CATEGORIES:a\\,b\n", "CATEGORIES:a,b\n"},
           {"DTSTART:20240501T090000Z\n", "DTSTART:20240501T090000\n"},
           {"DTSTART:20240501T090000Z\n", "DTSTART;TZID=Europe/Berlin:20240501T090000\n"},
           {"DTSTART;TZID=Nowhere:20240501T090000\n", "DTSTART:20240501T090000\n"},
           {"DTSTART;VALUE=DATE:20240501\n", "DTSTART:20240501T000000\n"},
           {"DTSTART:20240501T090000Z\nDURATION:PT1H\n", "DTSTART:20240501T090000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY\n", "DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;UNTIL=20390101T000000Z\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n", "DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=4\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY\n", "DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY\nEXDATE:20270501T090000Z\n"},
           {"DTSTART;TZID=Europe/Berlin:20240501T090000\nRRULE:FREQ=DAILY\n", "DTSTART:20240501T070000Z\nRRULE:FREQ=DAILY\n"},
           {"DTSTART:20240501T090000Z\nRRULE:FREQ=SECONDLY\n", "DTSTART:20240501T090000Z\nRRULE:FREQ=MINUTELY\n"},
           {"DTSTART:20240501T090000Z\nRDATE;VALUE=PERIOD:20240502T090000Z/PT1H\n", "DTSTART:20240501T090000Z\nRDATE:20240502T090000Z\n"},
           {"BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM\n", "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:PT5M\nEND:VALARM\n"},
           {"BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM\n",
            "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER;RELATED=END:-PT5M\nEND:VALARM\n"},
           {"ATTACH;VALUE=BINARY;ENCODING=BASE64:QUJD\n", "ATTACH;VALUE=BINARY;ENCODING=BASE64:QUJE\n"},
       }) {
    const Meaning one = meaning(event(left)), other = meaning(event(right));
    EXPECT_NE(one.digest, other.digest) << left << "and\n" << right;
    EXPECT_FALSE(differences(one, other).empty()) << left << "and\n" << right;
  }
}

TEST(CalendarMeaning, AnItemsOwnZoneCountsBeforeTheSystems) {
  const Meaning outlook = meaning(event("DTSTART;TZID=\"Zone, own\":20240327T090000\nRRULE:FREQ=DAILY;COUNT=9\n", berlin("Zone\\, own")));
  const Meaning system = meaning(event("DTSTART;TZID=Europe/Berlin:20240327T090000\nRRULE:FREQ=DAILY;COUNT=9\n"));
  EXPECT_EQ(outlook.lines, system.lines);
  EXPECT_THAT(system.lines, Contains("recurs 2024-03: 27T08:00:00Z 28T08:00:00Z 29T08:00:00Z 30T08:00:00Z 31T07:00:00Z"));
  EXPECT_NE(meaning(event("DTSTART;TZID=America/New_York:20240327T090000\n", berlin("America/New_York"))).lines,
            meaning(event("DTSTART;TZID=America/New_York:20240327T090000\n")).lines);
}

TEST(CalendarMeaning, BeforeItsFirstOnsetADefinitionSaysNothing) {
  const std::string late =
      "BEGIN:VTIMEZONE\nTZID:America/New_York\nBEGIN:STANDARD\nDTSTART:20001029T030000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n"
      "END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20000402T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
  const std::string_view summer = "DTSTART;TZID=America/New_York:19970714T133000\n";
  EXPECT_EQ(meaning(event(summer, late)).lines, meaning(event(summer)).lines);
}

TEST(CalendarMeaning, ZonesKnowGapsAndRepeatedHours) {
  const auto read = read_components(calendar(berlin("X")), Syntax::calendar);
  ASSERT_TRUE(read) << describe(read.error());
  const auto zones = Zones::of(read->front());
  ASSERT_TRUE(zones) << describe(zones.error());
  struct Case {
    std::string_view clock;
    int hours;
  };
  for (const auto& [clock, hours] : std::vector<Case>{{"20240331T015959", 1}, {"20240331T023000", 1}, {"20240331T030000", 2},
                                                      {"20241027T015959", 2}, {"20241027T023000", 2}, {"20241027T030000", 1},
                                                      {"15000101T000000", 1}, {"20500701T000000", 2}, {"20500101T000000", 1}}) {
    const auto time = parse_time(clock);
    EXPECT_EQ((*zones->find("X"))(time->clock), hours * 3600) << clock;
    if (!clock.starts_with("15")) EXPECT_EQ((*zones->find("Europe/Berlin"))(time->clock), hours * 3600) << clock;
  }
}

TEST(CalendarMeaning, NoNameOfAZoneIsAPath) {
  const auto zones = Zones::of({});
  for (const std::string name : {"../../../etc/localtime", "/etc/localtime", "/usr/share/zoneinfo/../../../etc/passwd",
                                 "file:/etc/localtime", "localtime", "", "Nowhere", "America/Los Angeles"}) {
    EXPECT_EQ(zones->find(name), nullptr) << name;
  }
  for (const std::string name : {"UTC", "Europe/Berlin", "Etc/GMT+5", "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Ushuaia",
                                 "Russian Standard Time", "UTC-11"}) {
    EXPECT_NE(zones->find(name), nullptr) << name;
  }
}

TEST(CalendarMeaning, ChangedInstancesBelongToTheItem) {
  const std::string master = "BEGIN:VEVENT\nUID:1\nSUMMARY:m\nDTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n";
  const std::string changed = "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240502T090000Z\nSUMMARY:c\nDTSTART:20240502T110000Z\nEND:VEVENT\n";
  const Meaning both = meaning(calendar(changed + master));
  EXPECT_EQ(both.lines, meaning(calendar(master + changed)).lines);
  EXPECT_EQ(both.summary, "m");
  EXPECT_THAT(both.lines, Contains("instance 2024-05-02T09:00:00Z SUMMARY: c"));
  const Meaning alone = meaning(calendar(changed));
  EXPECT_EQ(alone.summary, "c");
  EXPECT_NE(alone.digest, both.digest);
}

TEST(CalendarMeaning, SaysWhatDiffers) {
  const Meaning left = meaning(event("SUMMARY:a\nLOCATION:x\nDTSTART:20240501T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2\n"));
  const Meaning right = meaning(event("SUMMARY:b\nSTATUS:TENTATIVE\nDTSTART:20240501T090000Z\nRRULE:FREQ=WEEKLY;COUNT=1\n"));
  std::vector<std::string> told;
  for (const Difference& each : differences(left, right)) told.push_back(each.left + " | " + each.right);
  EXPECT_THAT(told, testing::ElementsAre("LOCATION: x | ", "SUMMARY: a | SUMMARY: b", "recurs 2024-05: 01T09:00:00Z 08T09:00:00Z | ",
                                         " | STATUS: TENTATIVE"));
}

TEST(CalendarMeaning, KnowsKindsAndTitles) {
  const Meaning task = meaning(calendar("BEGIN:VTODO\nUID:t\nSUMMARY:do\\, it\nDUE:20240501T090000Z\nEND:VTODO\n"));
  EXPECT_EQ(task.kind, ItemKind::task);
  EXPECT_EQ(task.uid, "t");
  EXPECT_EQ(task.summary, "do, it");
  EXPECT_EQ(task.lines,
            meaning(calendar("BEGIN:VTODO\nUID:u\nSUMMARY:do\\, it\nDUE;TZID=Europe/Berlin:20240501T110000\nEND:VTODO\n")).lines);
  EXPECT_EQ(meaning(calendar("BEGIN:VJOURNAL\nEND:VJOURNAL\n")).kind, ItemKind::journal);
  EXPECT_NE(meaning(calendar("BEGIN:VJOURNAL\nEND:VJOURNAL\n")).digest, meaning(calendar("BEGIN:VTODO\nEND:VTODO\n")).digest);
}

struct Wrong {
  std::string bytes;
  std::string_view where, what;
};

TEST(CalendarMeaning, SaysWhatIsWrongAndWhere) {
  for (const Wrong& wrong : std::vector<Wrong>{
           {"", "line 1", "the item is empty"},
           {"BEGIN:VEVENT\nEND:VEVENT\n", "line 1", "where BEGIN:VCALENDAR has to be"},
           {calendar("") + calendar(""), "line 5", "second VCALENDAR"},
           {calendar(""), "line 1", "no event, task or journal entry"},
           {calendar("BEGIN:VFREEBUSY\nEND:VFREEBUSY\n"), "line 1", "it holds VFREEBUSY"},
           {calendar("BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\n"), "line 7",
            "second item (the first begins in line 4)"},
           {calendar("BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\n"), "line 7", "UID 1 is there twice"},
           {event("DTSTART:20240230T000000\n"), "line 7", "no time such as"},
           {event("DTSTART:20240501T250000\n"), "line 7", "no time such as"},
           {event("DTSTART:20240501T090000Z\nDURATION:1H\n"), "line 8", "no duration"},
           {event("DTSTART:20240501T090000Z\nRRULE:FREQ=NEVER\n"), "line 8", "no recurrence rule"},
           {event("DTSTART:20240501T090000Z\nRRULE:FREQ=DAILY;UNTIL=x\n"), "line 8", "no recurrence rule"},
           {event("RRULE:FREQ=DAILY\n"), "line 4", "no DTSTART to count from"},
           {event("DTSTART:20240501T090000Z\nEXDATE:x\n"), "line 8", "no time such as"},
           {event("BEGIN:VALARM\nTRIGGER:soon\nEND:VALARM\n"), "line 8", "neither a duration"},
           {event("ATTACH;ENCODING=BASE64;VALUE=BINARY:%%%\n"), "line 7", "not base64"},
           {event("", "BEGIN:VTIMEZONE\nEND:VTIMEZONE\n"), "line 4", "no TZID"},
           {event("", "BEGIN:VTIMEZONE\nTZID:x\nEND:VTIMEZONE\n"), "line 4", "neither STANDARD nor DAYLIGHT"},
           {event("",
                  "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:1\nEND:STANDARD\nEND:"
                  "VTIMEZONE\n"),
            "line 9", "no offset such as"},
       }) {
    const Error error = error_of(wrong.bytes);
    EXPECT_EQ(error.where, wrong.where) << wrong.bytes;
    EXPECT_THAT(error.what, HasSubstr(wrong.what)) << wrong.bytes;
  }
}

TEST(CalendarMeaning, EndlessRecurrencesAreBounded) {
  for (const std::string_view rule :
       {"FREQ=SECONDLY", "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;INTERVAL=32767",
        "FREQ=DAILY;COUNT=2147483647", "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
        "RSCALE=CHINESE;FREQ=DAILY;BYMONTH=1;BYMONTHDAY=31", "RSCALE=CHINESE;FREQ=HOURLY"}) {
    const Meaning made =
        meaning(event(fmt::format("DTSTART:{}0501T090000Z\nRRULE:{}\n", rule.starts_with("RSCALE") ? "2024" : "0001", rule)));
    std::size_t bytes = 0;
    for (const std::string& line : made.lines) bytes += line.size();
    EXPECT_LT(bytes, 300'000U) << rule;
  }
  const Meaning endless = meaning(event("DTSTART:20240501T090000Z\nRRULE:FREQ=YEARLY\n"));
  EXPECT_THAT(endless.lines, Contains("recurs beyond ten years: for ever"));
  EXPECT_THAT(endless.lines, Contains(StartsWith("recurs 2033-05:")));
  EXPECT_THAT(endless.lines, testing::Not(Contains(StartsWith("recurs 2035-05:"))));
}

TEST(CalendarMeaning, EveryCutIsAnErrorOrAMeaning) {
  const std::string whole =
      event("DTSTART;TZID=Q:20240501T090000\nRRULE:FREQ=DAILY;COUNT=3\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\n", berlin("Q"));
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    const auto made = meaning_of(CollectionKind::calendar, std::string_view(whole).substr(0, size));
    ASSERT_FALSE(made) << size;
    EXPECT_EQ(made.error().kind, ErrorKind::syntax);
    EXPECT_THAT(made.error().where, StartsWith("line "));
  }
  EXPECT_TRUE(meaning_of(CollectionKind::calendar, whole));
}

}  // namespace
}  // namespace godwit::groupware
