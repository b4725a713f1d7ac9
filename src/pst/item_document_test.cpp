// SPDX-License-Identifier: Apache-2.0
#include "pst/item_document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "pst/documents.h"
#include "pst/recurrence.h"

namespace godwit::pst {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t from_1601 = 11'644'473'600;

template <class Number>
std::string little(Number number) {
  std::string bytes;
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8U) bytes += static_cast<char>(rest & 0xFFU);
  return bytes;
}
std::string u16(unsigned number) { return little(static_cast<std::uint16_t>(number)); }
std::string u32(std::uint64_t number) { return little(static_cast<std::uint32_t>(number)); }
std::string wide(std::string_view ascii) {
  std::string bytes;
  for (const char c : ascii) bytes += {c, '\0'};
  return bytes;
}
// Minutes since 1601 of a day in 2026, and its time.
std::string minutes(unsigned month, unsigned day, unsigned hour = 0, unsigned minute = 0) {
  const std::chrono::sys_days date = std::chrono::year{2026} / static_cast<int>(month) / static_cast<int>(day);
  return u32(static_cast<std::uint64_t>((date.time_since_epoch().count() * 86'400 + from_1601) / 60 + hour * 60 + minute));
}

// A name's number in the items of these tests.
class Names {
 public:
  std::uint16_t operator()(unsigned set, unsigned number) {
    entries_ += u32(number) + u16((set + 3) << 1U) + u16(count_);
    return static_cast<std::uint16_t>(0x8000U + count_++);
  }
  std::uint16_t text(std::string_view name) {
    const std::string bytes = wide(name);
    entries_ += u32(texts_.size()) + u16((2U << 1U) | 1U) + u16(count_);
    texts_ += u32(bytes.size()) + bytes;
    return static_cast<std::uint16_t>(0x8000U + count_++);
  }
  [[nodiscard]] std::shared_ptr<const PropertyNames> made() const {
    std::string sets;
    for (const char first : "\x02\x03\x04\x08\x0A\x0E"sv) sets += std::string{first, '\x20'} + "\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"s;
    sets += "\x90\xDA\xD8\x6E\x0B\x45\x1B\x10\x98\xDA\x00\xAA\x00\x3F\x13\x05"sv;
    return std::make_shared<PropertyNames>(sets, entries_, texts_);
  }

 private:
  std::string entries_, texts_;
  unsigned count_ = 0;
};
constexpr unsigned appointment = 0, task = 1, address = 2, common = 3, log_set = 4, meeting = 6;

class ItemDocuments : public testing::Test {
 protected:
  void text(std::uint16_t property, std::string_view value) { item.properties.add_bytes(property, Properties::unicode, wide(value)); }
  void number(std::uint16_t property, std::uint64_t value) { item.properties.add_number(property, 0x0003, value); }
  void flag(std::uint16_t property) { item.properties.add_number(property, 0x000B, 1); }
  void bytes(std::uint16_t property, std::string value) { item.properties.add_bytes(property, Properties::binary, std::move(value)); }
  static std::uint64_t ticks(std::int64_t seconds) { return static_cast<std::uint64_t>(seconds + from_1601) * 10'000'000; }
  void time(std::uint16_t property, std::int64_t seconds) { item.properties.add_number(property, 0x0040, ticks(seconds)); }
  std::string document(std::string_view message_class) {
    text(0x001A, message_class);
    item.properties.belong_to(names.made(), 1252);
    auto made = document_of(item, "store", 0x2000A4);
    return made ? *made : "REFUSED " + made.error().what;
  }
  // From 2 March 2026 (a Monday) 09:00 to 10:00, in a zone at +01:00 with daylight saving time in Europe's way.
  void add_times() {
    time(names(appointment, 0x820D), 1'772'438'400);
    time(names(appointment, 0x820E), 1'772'442'000);
  }
  static std::string zone(unsigned standard_month = 10) {
    const std::string head = u16(2) + u16(8) + wide("Far, Off") + u16(1);
    const std::string rule = "\x02\x01"s + u16(0x3E) + u16(2) + u16(0) + std::string(14, '\0') + little(std::int32_t{-60}) + u32(0) +
                             little(std::int32_t{-60}) + u16(0) + u16(standard_month) + u16(0) + u16(5) + u16(3) + std::string(6, '\0') +
                             u16(0) + u16(3) + u16(0) + u16(5) + u16(2) + std::string(6, '\0');
    return "\x02\x01"s + u16(static_cast<unsigned>(head.size())) + head + rule;
  }
  static std::string pattern(unsigned frequency, unsigned form, unsigned period, const std::string& specific,
                             std::uint64_t end_kind = 0x2023, const std::string& deleted = u32(0), const std::string& changed = u32(0),
                             unsigned calendar = 0) {
    return u16(0x3004) + u16(0x3004) + u16(frequency) + u16(form) + u16(calendar) + u32(0) + u32(period) + u32(0) + specific +
           u32(end_kind) + u32(10) + u32(1) + deleted + changed + minutes(3, 2) + minutes(4, 6);
  }
  static std::string whole(const std::string& recurrence, const std::string& changes = u16(0), const std::string& after = u32(0)) {
    return recurrence + u32(0x3006) + u32(0x3009) + u32(540) + u32(600) + changes + after + u32(0);
  }
  static std::string rule(const std::string& recurrence) {
    const auto parsed = parse_recurrence(whole(recurrence), RecurrenceForm::appointment, "windows-1252");
    if (!parsed) return parsed.error().what;
    const auto made = rule_of(*parsed, date_text);
    return made ? *made : made.error().what;
  }

  Names names;
  MapiItem item;
};

TEST_F(ItemDocuments, RulesOfAllPatterns) {
  EXPECT_EQ(rule(pattern(0x200A, 0, 1440, "")), "FREQ=DAILY");
  EXPECT_EQ(rule(pattern(0x200A, 0, 4320, "")), "FREQ=DAILY;INTERVAL=3");
  EXPECT_EQ(rule(pattern(0x200A, 1, 1, u32(0x3E))), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
  EXPECT_EQ(rule(pattern(0x200B, 1, 2, u32(0x42), 0x2022)), "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO,SA;COUNT=10");
  EXPECT_EQ(rule(pattern(0x200C, 2, 1, u32(12), 0x2021)), "FREQ=MONTHLY;BYMONTHDAY=12;UNTIL=20260406");
  EXPECT_EQ(rule(pattern(0x200C, 2, 2, u32(31))), "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1");
  EXPECT_EQ(rule(pattern(0x200C, 2, 1, u32(30))), "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1");
  EXPECT_EQ(rule(pattern(0x200C, 4, 1, u32(31))), "FREQ=MONTHLY;BYMONTHDAY=-1");
  EXPECT_EQ(rule(pattern(0x200C, 3, 1, u32(4) + u32(2))), "FREQ=MONTHLY;BYDAY=2TU");
  EXPECT_EQ(rule(pattern(0x200C, 3, 1, u32(0x3E) + u32(5))), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
  EXPECT_EQ(rule(pattern(0x200D, 2, 12, u32(2))), "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2");
  EXPECT_EQ(rule(pattern(0x200D, 3, 24, u32(1) + u32(5))), "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1SU");
}

TEST_F(ItemDocuments, RulesThatAreNone) {
  EXPECT_THAT(rule(pattern(0x200C, 0xA, 1, u32(1))), HasSubstr("Hijri"));
  EXPECT_THAT(rule(pattern(0x200C, 2, 1, u32(1), 0x2023, u32(0), u32(0), 6)), HasSubstr("by a calendar for which iCalendar has no rule"));
  EXPECT_EQ(rule(pattern(0x200A, 0, 1440, "", 0x2023, u32(0), u32(0), 6)), "FREQ=DAILY");  // days are days in all calendars
  EXPECT_EQ(rule(pattern(0x200B, 1, 1, u32(0))), "it recurs on no day of the week");
  EXPECT_EQ(rule(pattern(0x200C, 3, 1, u32(4) + u32(9))), "it recurs on no day of the week");
  EXPECT_EQ(rule(pattern(0x200E, 0, 1440, "")), "how it recurs is damaged");
  EXPECT_EQ(rule(pattern(0x200A, 0, 1440, "", 0x2023, u32(1'000'000))), "it has more exceptions than Outlook can make");
}

TEST_F(ItemDocuments, ARecurrenceThatIsCutAnywhereOrDamagedIsSaid) {
  const std::string change =
      minutes(3, 10, 12) + minutes(3, 10, 13) + minutes(3, 9, 9) + u16(0x11) + u16(4) + u16(3) + "New" + u16(3) + u16(2) + "At";
  const std::string good = whole(pattern(0x200B, 1, 1, u32(2), 0x2022, u32(1) + minutes(3, 9)), u16(1) + change);
  ASSERT_TRUE(parse_recurrence(good, RecurrenceForm::appointment, "windows-1252"));
  const std::size_t last = good.size() - 8;  // from there on the texts come a second time
  for (std::size_t size = 0; size < last; ++size)
    EXPECT_FALSE(parse_recurrence(good.substr(0, size), RecurrenceForm::appointment, "windows-1252")) << size;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = good;
    for (int j = 0; j < 4; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto parsed = parse_recurrence(damaged, RecurrenceForm::appointment, "windows-1252");
    if (parsed) static_cast<void>(rule_of(*parsed, date_text));
  }
}

TEST_F(ItemDocuments, AnAppointmentInItsZone) {
  add_times();
  bytes(names(appointment, 0x825E), zone());
  text(0x0037, "\x01\x05Lunch; soon");
  text(names(appointment, 0x8208), "Room, 2");
  number(names(appointment, 0x8205), 3);
  flag(names(common, 0x8503));
  number(names(common, 0x8501), 30);
  number(0x0036, 2);
  time(0x3008, 1'772'400'000);
  EXPECT_EQ(
      document("IPM.Appointment"),
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//godwit//Outlook data files//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Far, Off\r\n"
      "BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
      "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
      "BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
      "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
      "BEGIN:VEVENT\r\nUID:" +
          made_uid("store", 0x2000A4) +
          "\r\nDTSTAMP:20260301T212000Z\r\nLAST-MODIFIED:20260301T212000Z\r\n"
          "CLASS:PRIVATE\r\nDTSTART;TZID=\"Far, Off\":20260302T090000\r\nDTEND;TZID=\"Far, Off\":20260302T100000\r\n"
          "SUMMARY:Lunch\\; soon\r\nLOCATION:Room\\, 2\r\nTRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nSTATUS:CONFIRMED\r\n"
          "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST_F(ItemDocuments, ASeriesWithADeletedAndAChangedOccurrence) {
  add_times();
  bytes(names(appointment, 0x8260), zone());
  text(0x0037, "Weekly");
  const std::string change =
      minutes(4, 1, 14) + minutes(4, 1, 15) + minutes(3, 30, 9) + u16(0x31) + u16(4) + u16(3) + "???" + u16(3) + u16(2) + "??" + u32(0);
  const std::string again = u32(0) + u32(0) + u32(0) + minutes(4, 1, 14) + minutes(4, 1, 15) + minutes(3, 30, 9) + u16(3) + wide("Neu") +
                            u16(2) + wide("At") + u32(0);
  bytes(names(appointment, 0x8216),
        whole(pattern(0x200B, 1, 1, u32(2), 0x2021, u32(2) + minutes(3, 9) + minutes(3, 30), u32(1) + minutes(4, 1)), u16(1) + change,
              again));
  MapiAttachment kept;
  kept.properties.add_number(0x7FFD, 0x0003, 2);
  kept.properties.add_number(0x7FF9, 0x0040, ticks(1'774'854'000));  // 30 March 07:00 UTC, in summer
  kept.item = std::make_shared<MapiItem>();
  kept.item->properties.add_bytes(0x1000, Properties::unicode, wide("Other text"));
  item.attachments.push_back(std::move(kept));
  const std::string made = document("IPM.Appointment");
  EXPECT_THAT(
      made,
      AllOf(HasSubstr("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260406T070000Z\r\n"), HasSubstr("EXDATE;TZID=\"Far, Off\":20260309T090000\r\n"),
            Not(HasSubstr("20260330T090000\r\nSUMMARY")), HasSubstr("RECURRENCE-ID;TZID=\"Far, Off\":20260330T090000\r\n"),
            HasSubstr("DTSTART;TZID=\"Far, Off\":20260401T140000\r\n"),
            HasSubstr("SUMMARY:Neu\r\nLOCATION:At\r\nDESCRIPTION:Other text\r\nTRANSP:TRANSPARENT\r\n"), Not(HasSubstr("ATTACH"))));
}

TEST_F(ItemDocuments, ASeriesWithoutAZoneKeepsItsClock) {
  add_times();  // 08:00 UTC, and the pattern says 09:00
  bytes(names(appointment, 0x8216), whole(pattern(0x200B, 1, 1, u32(4))));
  const std::string made = document("IPM.Appointment");
  EXPECT_THAT(made, AllOf(HasSubstr("TZID:UTC+01:00"), HasSubstr("DTSTART;TZID=\"UTC+01:00\":20260303T090000")));
}

TEST_F(ItemDocuments, DaysWithoutTimes) {
  flag(names(appointment, 0x8215));
  time(names(appointment, 0x820D), 1'772'405'999 + 1);  // 1 March 23:00 UTC
  time(names(appointment, 0x820E), 1'772'492'400);
  EXPECT_THAT(document("IPM.Appointment"),
              AllOf(HasSubstr("DTSTART;VALUE=DATE:20260302\r\nDTEND;VALUE=DATE:20260303\r\n"), Not(HasSubstr("VTIMEZONE"))));
}

TEST_F(ItemDocuments, AMeetingWithItsPeople) {
  add_times();
  number(names(appointment, 0x8217), 3);
  number(names(appointment, 0x8218), 3);
  text(0x0042, "Alice \"A\" Smith");
  text(0x0064, "EX");
  text(0x0065, "/O=EXAMPLE/CN=ALICE");
  text(0x0044, "Bob");
  bytes(names(meeting, 0x3), std::string(40, '\x01') + "vCal-Uid\x01\0\0\0abc@example.com\0"s);
  const auto add = [&](std::string_view name, std::string_view smtp, unsigned type, unsigned flags, unsigned state) {
    Properties person;
    person.add_bytes(0x3001, Properties::unicode, wide(name));
    person.add_bytes(0x39FE, Properties::unicode, wide(smtp));
    person.add_number(0x0C15, 0x0003, type);
    person.add_number(0x5FFD, 0x0003, flags);
    person.add_number(0x5FFF, 0x0003, state);
    item.recipients.push_back(std::move(person));
  };
  add("Alice", "alice@example.com", 1, 3, 0);
  add("Bob", "bob@example.com", 1, 1, 0);
  add("Carol", "", 2, 1, 4);
  add("Beamer", "beamer@example.com", 3, 1, 0);
  const std::string made = document("IPM.Appointment");
  EXPECT_THAT(made, AllOf(HasSubstr("UID:abc@example.com-01010101\r\n"), HasSubstr("ORGANIZER;CN=\"Alice\":mailto:alice@example.com\r\n"),
                          HasSubstr("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Bob\":mailto:bob@example\r\n .com\r\n"),
                          HasSubstr("ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED;CN=\"Carol\":invalid:nomail\r\n"),
                          HasSubstr("ATTENDEE;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT"), Not(HasSubstr("CN=\"Alice\":invalid"))));
}

TEST_F(ItemDocuments, AnInvitationIsInItsMail) {
  add_times();
  number(names(appointment, 0x8217), 3);
  text(0x0042, "Alice");
  text(0x5D02, "alice@example.com");
  Properties bob;
  bob.add_bytes(0x3001, Properties::unicode, wide("Bob"));
  item.recipients.push_back(std::move(bob));
  text(0x001A, "IPM.Schedule.Meeting.Request");
  item.properties.belong_to(names.made(), 1252);
  MailParts parts = mail_parts_of(item, "store", 4);
  ASSERT_EQ(parts.attachments.size(), 1U);
  EXPECT_EQ(parts.attachments[0].type, "text/calendar");
  EXPECT_THAT(parts.attachments[0].bytes, AllOf(HasSubstr("\r\nMETHOD:REQUEST\r\n"), HasSubstr("ORGANIZER;CN=\"Alice\":mailto:alice@example.com")));
  text(0x001A, "IPM.Schedule.Meeting.Resp.Pos");
  EXPECT_TRUE(mail_parts_of(item, "store", 4).attachments.empty());
  item.recipients.clear();  // nobody is invited: then it is no invitation
  text(0x001A, "IPM.Schedule.Meeting.Request");
  EXPECT_TRUE(mail_parts_of(item, "store", 4).attachments.empty());
}

TEST_F(ItemDocuments, AnItemInsideAMailIsAFileOfItsOwn) {
  text(0x001A, "IPM.Note");
  MapiAttachment inner;
  inner.item = std::make_shared<MapiItem>();
  inner.item->properties.add_bytes(0x001A, Properties::unicode, wide("IPM.Contact"));
  inner.item->properties.add_bytes(0x3001, Properties::unicode, wide("Alice"));
  item.attachments.push_back(inner);
  inner.item = std::make_shared<MapiItem>();
  inner.item->properties.add_bytes(0x001A, Properties::unicode, wide("IPM.Note"));
  item.attachments.push_back(inner);
  const MailParts parts = mail_parts_of(item, "store", 4);
  ASSERT_EQ(parts.attachments.size(), 2U);
  EXPECT_EQ(parts.attachments[0].type, "text/vcard");
  EXPECT_THAT(parts.attachments[0].bytes, HasSubstr("FN:Alice\r\n"));
  EXPECT_EQ(parts.attachments[0].message, nullptr);
  EXPECT_NE(parts.attachments[1].message, nullptr);
}

TEST_F(ItemDocuments, TasksNotesAndJournalEntries) {
  time(names(task, 0x8104), 1'772'409'600);
  time(names(task, 0x8105), 1'772'323'200);  // due before it starts: both on one day
  item.properties.add_number(names(task, 0x8102), 0x0005, std::bit_cast<std::uint64_t>(0.25));
  number(names(task, 0x8101), 1);
  flag(names(task, 0x8126));
  bytes(names(task, 0x8116), pattern(0x200C, 2, 1, u32(2), 0x2022));
  EXPECT_THAT(document("IPM.Task"),
              AllOf(HasSubstr("DTSTART;VALUE=DATE:20260302\r\nDUE;VALUE=DATE:20260302\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=2;COUNT=10\r\n"),
                    HasSubstr("STATUS:IN-PROCESS\r\nPERCENT-COMPLETE:25\r\n")));
  item = {};
  text(0x0037, "Remember");
  text(0x1000, "Remember\r\nmilk");
  EXPECT_THAT(
      document("IPM.StickyNote"),
      AllOf(HasSubstr("BEGIN:VJOURNAL"), HasSubstr("SUMMARY:Remember\r\nDESCRIPTION:Remember\\nmilk\r\n"), Not(HasSubstr("DTSTART"))));
  item = {};
  time(names(log_set, 0x8706), 1'772'438'400);
  number(names(log_set, 0x8707), 20);
  text(names(log_set, 0x8700), "Phone call");
  EXPECT_THAT(document("IPM.Activity"), AllOf(HasSubstr("DTSTART:20260302T080000Z\r\n"), HasSubstr("COMMENT:Phone call\\, 20 min\r\n")));
}

TEST_F(ItemDocuments, ContactsWithAllThatTheyHave) {
  text(0x3001, "Alice Smith");
  text(0x3A11, "Smith; Jones");
  text(0x3A06, "Alice");
  text(0x3A16, "Example, Ltd");
  text(0x3A18, "Sales");
  text(0x3A1C, "+1 555 0100");
  text(0x3A5D, "1 Main St");
  text(0x3A59, "Town");
  text(names(address, 0x8083), "/O=EXAMPLE/CN=ALICE");
  text(names(address, 0x8084), "alice@example.com");
  text(names(address, 0x8093), "alice@example.org");
  item.properties.add_values(names.text("Keywords"), 0x101F, {wide("Friends, all"), wide("Work")});
  time(0x3A42, 315'529'200);  // 31 December 1979 23:00 UTC
  MapiAttachment photo;
  photo.properties.add_bytes(0x3704, Properties::unicode, wide("ContactPicture.jpg"));
  photo.properties.add_bytes(0x3701, Properties::binary, "\xFF\xD8\xFF");
  item.attachments.push_back(std::move(photo));
  MapiAttachment other;
  other.properties.add_bytes(0x3707, Properties::unicode, wide("cv.doc"));
  item.attachments.push_back(std::move(other));
  EXPECT_EQ(
      document("IPM.Contact"),
      "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//godwit//Outlook data files//EN\r\nUID:" + made_uid("store", 0x2000A4) +
          "\r\nFN:Alice Smith\r\nN:Smith\\; Jones;Alice;;;\r\nORG:Example\\, Ltd;Sales\r\nEMAIL;TYPE=INTERNET,PREF:alice@example.com\r\n"
          "EMAIL;TYPE=INTERNET:alice@example.org\r\nTEL;TYPE=CELL:+1 555 0100\r\nADR;TYPE=HOME:;;1 Main St;Town;;;\r\n"
          "BDAY;VALUE=DATE:19800101\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/\r\nCATEGORIES:Friends\\, all,Work\r\n"
          "NOTE:\\nThe attachment \"cv.doc\" stayed in Outlook's file.\r\nEND:VCARD\r\n");
}

TEST_F(ItemDocuments, DistributionLists) {
  const std::string one_off = u32(0) + "\x81\x2B\x1F\xA4\xBE\xA3\x10\x19\x9D\x6E\x00\xDD\x01\x0F\x54\x02"s + u16(0) + u16(0x8000) +
                              wide("Bob") + "\0\0"s + wide("SMTP") + "\0\0"s + wide("bob@example.com") + "\0\0"s;
  const std::string contact =
      u32(0) + "\xC0\x91\xAD\xD3\x51\x9D\xCF\x11\xA4\xA9\x00\xAA\x00\x47\xFA\xA4"s + "\xC3"s + std::string(20, '\0') + u32(0x200044);
  text(0x3001, "Team");
  item.properties.add_values(names(address, 0x8055), 0x1102, {one_off, contact, "damaged"});
  item.properties.add_values(names(address, 0x8054), 0x1102, {one_off, one_off, "damaged"});
  EXPECT_THAT(
      document("IPM.DistList"),
      AllOf(HasSubstr("X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:mailto:bob@example.com\r\n"),
            HasSubstr("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:"), HasSubstr("NOTE:\\nBob <bob@example.com>\\nBob <bob@example.com>\\n? <>")));
}

TEST_F(ItemDocuments, WhatCannotBeWrittenIsRefusedWithItsReason) {
  EXPECT_EQ(document("IPM.Appointment"), "REFUSED it says nothing of its time");
  EXPECT_THAT(document("IPM.Configuration"), HasSubstr("REFUSED it is of the class IPM.Configuration"));
  add_times();
  bytes(names(appointment, 0x8216), "\x04\x30");
  EXPECT_EQ(document("IPM.Appointment"), "REFUSED how it recurs is damaged");
}

TEST_F(ItemDocuments, MeetingsOfOutlookHaveTheUidThatAllInvitedHave) {
  const std::string id = "\x04\0\0\0\x82\0\xE0\0\x74\xC5\xB7\x10\x1A\x82\xE0\x08"s + "\x07\xEA\x03\x02"s + std::string(20, '\0') + "\xAB"s;
  bytes(names(meeting, 0x3), id);
  item.properties.belong_to(names.made(), 1252);
  EXPECT_EQ(meeting_uid_of(item.properties), "040000008200E00074C5B7101A82E00807EA0302" + std::string(40, '0') + "AB");
  flag(names(appointment, 0x8223));
  item.properties.belong_to(names.made(), 1252);
  EXPECT_EQ(meeting_uid_of(item.properties), "040000008200E00074C5B7101A82E00800000000" + std::string(40, '0') + "AB");
}

TEST(PstContentLines, FoldAtSeventyFiveBytesAndNeverInsideACharacter) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    ContentLines lines;
    std::string text(60 + shift, 'a');
    for (int i = 0; i < 60; ++i) text += "\u20AC";
    lines.add_text("SUMMARY", text);
    std::string unfolded;
    std::string_view rest = lines.text();
    while (!rest.empty()) {
      const std::size_t end = rest.find("\r\n");
      const std::string_view line = rest.substr(0, end);
      EXPECT_LE(line.size(), 75U);
      EXPECT_NE(static_cast<unsigned char>(line[unfolded.empty() ? 0 : 1]) & 0xC0U, 0x80U);
      unfolded += line.substr(unfolded.empty() ? 0 : 1);
      rest.remove_prefix(end + 2);
    }
    EXPECT_EQ(unfolded, "SUMMARY:" + text);
  }
}

TEST(PstContentLines, NothingBreaksOutOfItsLine) {
  EXPECT_EQ(escaped("a\r\nb\rc\nd\\,;\x01\x7F \n"), "a\\nb\\nc\\nd\\\\\\,\\;");
  EXPECT_EQ(parameter_of("CN", "a\"b\r\nX:y"), ";CN=\"a'bX:y\"");
  EXPECT_EQ(parameter_of("CN", "\r\n"), "");
}

}  // namespace
}  // namespace godwit::pst
