// SPDX-License-Identifier: Apache-2.0
#include "groupware/item_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "groupware/content_lines.h"
#include "groupware/meaning.h"

namespace godwit::groupware {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ReadAt reader_of(std::string_view bytes, std::size_t at_once = 1 << 20) {
  return [bytes, at_once](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    const std::string_view rest = bytes.substr(std::min<std::size_t>(offset, bytes.size()));
    const std::size_t count = std::min({rest.size(), room.size(), at_once});
    std::memcpy(room.data(), rest.data(), count);
    return count;
  };
}

FileIndex index_of(std::string_view bytes, CollectionKind kind = CollectionKind::calendar, std::size_t at_once = 1 << 20) {
  auto index = index_items(kind, reader_of(bytes, at_once));
  EXPECT_TRUE(index) << describe(index.error());
  return index ? std::move(*index) : FileIndex{};
}

std::vector<std::string> told(const FileIndex& index) {
  std::vector<std::string> all;
  for (const FileItem& item : index.items) all.push_back(item.fault.empty() ? item.uid : item.fault);
  return all;
}

constexpr std::string_view several =
    "\xEF\xBB\xBF"
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//a//b\nMETHOD:PUBLISH\nX-WR-CALNAME:Work\\, mine\nX-APPLE-CALENDAR-COLOR:#112233FF\n"
    "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=X:20240502T090000\nDTSTART;TZID=X:20240502T100000\nEND:VEVENT\n"
    "BEGIN:VTODO\nUID:2\nDUE:20240501T090000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VTODO\n\n"
    "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=X:20240501T090000\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n"
    "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    "BEGIN:VTIMEZONE\nTZID:Unused\nEND:VTIMEZONE\n"
    "END:VCALENDAR\n";

TEST(ItemFile, OneResourceForEachUid) {
  const FileIndex index = index_of(several);
  EXPECT_THAT(told(index), ElementsAre("1", "2"));
  EXPECT_EQ(index.display_name, "Work, mine");
  EXPECT_EQ(index.color, "#112233FF");
  const auto event = bytes_of(index, index.items[0], reader_of(several));
  ASSERT_TRUE(event) << describe(event.error());
  EXPECT_EQ(
      *event,
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\n"
      "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\n"
      "END:VTIMEZONE\r\n"
      "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID;TZID=X:20240502T090000\r\nDTSTART;TZID=X:20240502T100000\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=X:20240501T090000\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  const auto meaning = meaning_of(CollectionKind::calendar, *event);
  ASSERT_TRUE(meaning) << describe(meaning.error());
  EXPECT_THAT(meaning->lines, testing::Contains("instance 2024-05-02T06:00:00Z DTSTART: 2024-05-02T07:00:00Z"));
  const auto task = bytes_of(index, index.items[1], reader_of(several));
  EXPECT_THAT(*task, AllOf(HasSubstr("TRIGGER"), Not(HasSubstr("VTIMEZONE"))));
}

TEST(ItemFile, IsTheSameHoweverItIsRead) {
  const FileIndex whole = index_of(several);
  for (const std::size_t at_once : {1U, 2U, 7U, 64U}) {
    const FileIndex again = index_of(several, CollectionKind::calendar, at_once);
    ASSERT_EQ(again.items.size(), whole.items.size());
    for (std::size_t i = 0; i < whole.items.size(); ++i) {
      EXPECT_EQ(again.items[i].digest, whole.items[i].digest);
      EXPECT_EQ(*bytes_of(again, again.items[i], reader_of(several, at_once)), *bytes_of(whole, whole.items[i], reader_of(several)));
    }
  }
}

std::string calendar(std::string_view inside) { return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", inside); }
std::string event(std::string_view lines) { return fmt::format("BEGIN:VEVENT\r\n{}END:VEVENT\r\n", lines); }

TEST(ItemFile, WhatHasNoUidGetsOneOfItsContent) {
  const std::string first = calendar(event("DTSTAMP:20240101T000000Z\r\nSUMMARY:a\r\n") + event("SUMMARY:b\r\n") + event("SUMMARY:a\r\n"));
  const FileIndex index = index_of(first);
  ASSERT_EQ(index.items.size(), 3U);
  EXPECT_THAT(index.items[0].uid, testing::MatchesRegex("godwit-[0-9a-f]{32}"));
  EXPECT_EQ(index.items[2].uid, index.items[0].uid + "-2") << "the same twice is two";
  EXPECT_NE(index.items[1].uid, index.items[0].uid);
  const std::string later = calendar(event("DTSTAMP:20250101T000000Z\r\nSUMM\r\n ARY:a\r\n"));
  EXPECT_EQ(index_of(later).items[0].uid, index.items[0].uid) << "exported again";
  EXPECT_THAT(*bytes_of(index, index.items[1], reader_of(first)),
              HasSubstr("BEGIN:VEVENT\r\nUID:" + index.items[1].uid + "\r\nSUMMARY:b\r\n"));
  const std::string cards = "BEGIN:VCARD\nVERSION:3.0\nFN:a\nEND:VCARD\n";
  const FileIndex book = index_of(cards, CollectionKind::address_book);
  EXPECT_EQ(*bytes_of(book, book.items[0], reader_of(cards)),
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\nUID:" + book.items[0].uid + "\r\nEND:VCARD\r\n");
}

TEST(ItemFile, TheStandardSaysWhatDtstampIs) {
  const std::string bytes = calendar(event("UID:1\r\nLAST-MODIFIED:20240101T000000Z\r\n") + event("UID:2\r\n"));
  const FileIndex index = index_of(bytes);
  EXPECT_THAT(*bytes_of(index, index.items[0], reader_of(bytes)), HasSubstr("\r\nDTSTAMP:20240101T000000Z\r\n"));
  EXPECT_THAT(*bytes_of(index, index.items[1], reader_of(bytes)), Not(HasSubstr("DTSTAMP")));
}

TEST(ItemFile, OfTwoWithOneUidTheNewerCounts) {
  const std::string bytes =
      calendar(event("UID:1\r\nSEQUENCE:2\r\nSUMMARY:new\r\n") + event("UID:1\r\nSEQUENCE:1\r\nSUMMARY:old\r\n") +
               event("UID:2\r\nDTSTAMP:20240101T000000Z\r\n") + event("UID:2\r\nDTSTAMP:20240102T000000Z\r\nSUMMARY:newer\r\n") +
               event("UID:3\r\nSUMMARY:a\r\n") + event("UID:3\r\nSUMMARY:b\r\n") + event("UID:3\r\nSUMMARY:a\r\n"));
  const FileIndex index = index_of(bytes);
  EXPECT_THAT(told(index), ElementsAre("1", "line 8: it has the UID 1 of the one in line 3, which is newer and was taken", "2",
                                       "line 13: it has the UID 2 of the one in line 17, which is newer and was taken", "3",
                                       "line 26: it has the UID 3 of the one in line 22, which was taken: nothing says which is newer. "
                                       "Give one of them another UID"));
  EXPECT_THAT(*bytes_of(index, index.items[2], reader_of(bytes)), HasSubstr("SUMMARY:newer"));
  EXPECT_EQ(bytes_of(index, index.items[1], reader_of(bytes)).error().kind, ErrorKind::refused);
}

TEST(ItemFile, WhatIsDamagedDoesNotHideTheRest) {
  const std::string good = event("UID:g\r\n");
  struct Case {
    std::string bytes, fault;
    bool has_good = true;
  };
  for (const Case& each : std::vector<Case>{
           {calendar("BEGIN:VEVENT\r\nUID:1\r\n" + good), "line 3: END:VEVENT is missing before line 5"},
           {calendar(event("UID:1\r\nX\r\n") + good), "line 5: X has no value"},
           {calendar(event("UID:1\r\nX:\xFF\r\n") + good), "line 5: \"X:\\xff\" is not UTF-8"},
           {calendar("BEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\n" + good), "line 3: a VFREEBUSY is no event"},
           {calendar("BEGIN:VEVENT\r\nBEGIN:A\r\nEND:B\r\nEND:VEVENT\r\n" + good), "line 5: END:B where END:A is missing"},
           {good + calendar(good), "line 1: BEGIN:VEVENT stands outside of any VCALENDAR"},
           {"From a mail\r\nmore\r\n" + calendar(good), "line 1: \"From a mail\" stands outside of any VCALENDAR"},
           {calendar(good) + "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:2\r\n", "line 8: the file ends before it does"},
           {calendar(good).substr(0, calendar(good).size() - 15), "line 1: BEGIN:VCALENDAR has no END"},
           {"BEGIN:VCALENDAR\r\nVERSION:1.0\r\n" + good + "END:VCALENDAR\r\n", "line 3: it is vCalendar 1.0", false},
       }) {
    const FileIndex index = index_of(each.bytes);
    EXPECT_THAT(told(index), testing::Contains(testing::StartsWith(each.fault))) << each.bytes;
    EXPECT_EQ(std::ranges::count(told(index), "g"), each.has_good ? 1 : 0) << each.bytes;
  }
  EXPECT_TRUE(index_of("").items.empty());
  EXPECT_TRUE(index_of("\r\n\r\n").items.empty());
}

TEST(ItemFile, CardsInCardsAndCardsWithoutEnds) {
  const FileIndex index = index_of(
      "BEGIN:VCARD\nVERSION:2.1\nUID:1\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nN:b\nEND:VCARD\nEND:VCARD\n"
      "BEGIN:VCARD\nVERSION:3.0\nUID:2\n"
      "BEGIN:VCARD\nVERSION:3.0\nUID:3\nREV:2024\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nUID:3\nREV:2025\nEND:VCARD\n",
      CollectionKind::address_book);
  EXPECT_THAT(told(index), ElementsAre("1", "line 10: END:VCARD is missing before line 13", "3",
                                       "line 13: it has the UID 3 of the one in line 18, which is newer and was taken"));
}

TEST(ItemFile, OldMacsEndLinesByCr) {
  std::string bytes = calendar(event("UID:1\r\nSUMMARY:a\r\n"));
  std::erase(bytes, '\n');
  const FileIndex index = index_of(bytes);
  EXPECT_THAT(told(index), ElementsAre("1"));
  EXPECT_THAT(*bytes_of(index, index.items[0], reader_of(bytes)), HasSubstr("UID:1\r\nSUMMARY:a\r\n"));
}

// A file that is never whole in memory: made as it is read.
TEST(ItemFile, HugeItemsAndNestingAreBounded) {
  const std::uint64_t line = largest_item + (std::uint64_t{3} << 20);  // one line larger than an item may be
  const std::string head = calendar("").substr(0, 30) + "BEGIN:VEVENT\r\nUID:1\r\nATTACH:";
  const std::string tail = "\r\nEND:VEVENT\r\n" + event("UID:2\r\n") + "END:VCALENDAR\r\n";
  const ReadAt made = [&](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    std::size_t count = 0;
    for (; count < room.size() && offset + count < head.size(); ++count) room[count] = head[offset + count];
    if (count > 0) return count;
    if (offset < head.size() + line) {
      count = std::min<std::uint64_t>(room.size(), head.size() + line - offset);
      std::memset(room.data(), 'A', count);
      return count;
    }
    for (std::uint64_t at = offset - head.size() - line; count < room.size() && at < tail.size(); ++at) room[count++] = tail[at];
    return count;
  };
  const auto index = index_items(CollectionKind::calendar, made);
  ASSERT_TRUE(index) << describe(index.error());
  EXPECT_THAT(told(*index), ElementsAre(HasSubstr("larger than 64.0 MiB"), "2"));
  EXPECT_EQ(*bytes_of(*index, index->items[1], made), calendar("PRODID:-//godwit//EN\r\n" + event("UID:2\r\n")));

  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "BEGIN:A\r\n";
  EXPECT_THAT(told(index_of(calendar("BEGIN:VEVENT\r\n" + deep + event("UID:2\r\n")))),
              ElementsAre(HasSubstr("is missing before line"), "2"));
}

TEST(ItemFile, EveryCutIsReadToItsEnd) {
  for (std::size_t size = 0; size <= several.size(); ++size) {
    const std::string_view cut = several.substr(0, size);
    const FileIndex index = index_of(cut);
    for (const FileItem& item : index.items) {
      if (item.fault.empty()) EXPECT_TRUE(bytes_of(index, item, reader_of(cut))) << size;
    }
  }
}

}  // namespace
}  // namespace godwit::groupware
