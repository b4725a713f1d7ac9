// SPDX-License-Identifier: Apache-2.0
#include "groupware/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "groupware/meaning.h"

namespace godwit::groupware {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string card(std::string_view version, std::string_view properties) {
  return fmt::format("BEGIN:VCARD\r\nVERSION:{}\r\n{}END:VCARD\r\n", version, properties);
}

Meaning meaning(std::string_view bytes) {
  auto made = meaning_of(CollectionKind::address_book, bytes);
  EXPECT_TRUE(made) << describe(made.error()) << "\n" << bytes;
  return made ? std::move(*made) : Meaning{};
}

struct Pair {
  std::string left, right;
};

const std::vector<Pair>& same_cards() {
  static const std::vector<Pair> pairs{
      {card("3.0", "N:Doe;John;;;\r\nFN:John Doe\r\n"), card("2.1", "N:Doe;John\r\n")},
      {card("3.0", "N:Doe;John;;;\r\nFN:John Doe\r\n"),
       card("4.0", "fn:John Doe\r\nPRODID:x\r\nREV:20240101T000000Z\r\nUID:u\r\nn:Doe;John;;;\r\n")},
      {card("4.0", "FN:A\r\n"), card("3.0", "FN:A\r\nN:;;;;\r\n")},
      {card("2.1", "N:a\r\nTEL;HOME;VOICE;PREF:1\r\n"),
       card("4.0", "FN:a\r\nN:a;;;;\r\nTEL;VALUE=uri;TYPE=\"home,voice\";PREF=1:tel:1\r\n")},
      {card("3.0", "FN:a\r\nTEL;TYPE=HOME,pref:1\r\n"), card("3.0", "FN:a\r\nTEL;TYPE=pref;TYPE=home:1\r\n")},
      {card("3.0", "FN:a\r\nEMAIL;TYPE=INTERNET:a@example.com\r\n"), card("4.0", "FN:a\r\nEMAIL:a@example.com\r\n")},
      {card("2.1", "FN:a\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:gr=FC=DF=0D=0Ab, c=\r\n; d\r\n"),
       card("4.0", "FN:a\r\nNOTE:gr\xC3\xBC\xC3\x9F\\nb\\, c\\; d\r\n")},
      {card("2.1", "FN;CHARSET=windows-1252:\xDF\r\n"), card("3.0", "FN:\xC3\x9F\r\n")},
      {card("2.1", "FN:a\r\nADR;HOME:;;1\\; b, c;Town\r\n"), card("4.0", "FN:a\r\nADR;TYPE=home:;;1\\; b\\, c;Town;;;\r\n")},
      {card("2.1", "FN:a\r\nPHOTO;ENCODING=BASE64;JPEG:\r\n QUJD\r\n\r\n"), card("4.0", "FN:a\r\nPHOTO:data:image/jpeg;base64,QUJD\r\n")},
      {card("3.0", "FN:a\r\nPHOTO;ENCODING=b;TYPE=JPEG:QUJD\r\n"), card("4.0", "FN:a\r\nPHOTO:data:image/jpeg,ABC\r\n")},
      {card("3.0", "FN:a\r\nPHOTO;VALUE=uri:http://example.com/a.jpg\r\n"), card("4.0", "FN:a\r\nPHOTO:http://example.com/a.jpg\r\n")},
      {card("3.0", "FN:a\r\nBDAY:1996-04-15\r\n"), card("4.0", "FN:a\r\nBDAY;VALUE=date-and-or-time:19960415\r\n")},
      {card("3.0", "FN:a\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15\r\n"), card("4.0", "FN:a\r\nBDAY:--0415\r\n")},
      {card("3.0", "FN:a\r\nBDAY:1996-04-15T10:22:00Z\r\n"), card("4.0", "FN:a\r\nBDAY:19960415T102200Z\r\n")},
      {card("3.0", "FN:a\r\nGEO:37.386013;-122.082932\r\n"), card("4.0", "FN:a\r\nGEO:geo:37.3860130,-122.082932\r\n")},
      {card("3.0", "FN:a\r\nitem1.TEL:1\r\nitem1.X-ABLabel:Boat\r\n"), card("3.0", "FN:a\r\nx.TEL:1\r\nx.X-ABLabel:Boat\r\n")},
      {card("3.0", "FN:a\r\nitem1.TEL:1\r\n"), card("3.0", "FN:a\r\nTEL:1\r\n")},
      {card("3.0", "FN:a\r\nCATEGORIES:x,y\r\n"), card("4.0", "FN:a\r\nCATEGORIES:y\r\nCATEGORIES:x\r\n")},
      {card("3.0", "FN:a\r\nN:b;;;;\r\nSORT-STRING:c\r\n"), card("4.0", "FN:a\r\nN;SORT-AS=c:b;;;;\r\n")},
      {card("3.0", "FN:a\r\nADR;TYPE=work:;;x;;;;\r\nLABEL;TYPE=work:x\\ny\r\n"),
       card("4.0", "FN:a\r\nADR;TYPE=work;LABEL=\"x^ny\":;;x;;;;\r\n")},
      {card("3.0", "FN:g\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\n"),
       card("4.0", "FN:g\r\nKIND:group\r\nMEMBER:urn:uuid:1\r\n")},
      {card("3.0", "FN:a\r\nURL:http\\://example.com\\,b\r\nNOTE:\r\n"), card("4.0", "FN:a\r\nURL;VALUE=uri:http://example.com,b\r\n")},
  };
  return pairs;
}

TEST(CardMeaning, IsTheSame) {
  for (const auto& [left, right] : same_cards()) {
    EXPECT_EQ(meaning(left).lines, meaning(right).lines) << left << "and\n" << right;
    EXPECT_EQ(meaning(left).digest, meaning(right).digest);
  }
}

TEST(CardMeaning, IsNotTheSame) {
  for (const auto& [left, right] : std::vector<Pair>{
           {"TEL;TYPE=home:1\r\n", "TEL;TYPE=work:1\r\n"},
           {"TEL;TYPE=home,pref:1\r\n", "TEL;TYPE=home:1\r\n"},
           {"TEL:1\r\n", "TEL:2\r\n"},
           {"N:a;b;;;\r\n", "N:b;a;;;\r\n"},
           {"N:a\\;b;;;;\r\n", "N:a;b;;;\r\n"},
           {"PHOTO;ENCODING=b;TYPE=JPEG:QUJD\r\n", "PHOTO;ENCODING=b;TYPE=JPEG:QUJE\r\n"},
           {"PHOTO;ENCODING=b;TYPE=JPEG:QUJD\r\n", "PHOTO;ENCODING=b;TYPE=GIF:QUJD\r\n"},
           {"BDAY:1996-04-15\r\n", "BDAY:1996-04-16\r\n"},
           {"item1.TEL:1\r\nitem1.X-ABLabel:Boat\r\n", "item1.TEL:1\r\nitem1.X-ABLabel:Car\r\n"},
           {"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\n", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2\r\n"},
           {"NOTE:a\\nb\r\n", "NOTE:a\\\\nb\r\n"},
           {"X-OWN:1\r\n", ""},
           {"CLASS:PRIVATE\r\n", ""},
       }) {
    EXPECT_NE(meaning(card("3.0", "FN:a\r\n" + left)).digest, meaning(card("3.0", "FN:a\r\n" + right)).digest) << left << "and\n" << right;
  }
  EXPECT_NE(meaning(card("3.0", "FN:a\r\n")).digest, meaning(card("3.0", "FN:b\r\n")).digest);
}

TEST(Card, InAnotherVersionItMeansTheSame) {
  for (const auto& [left, right] : same_cards()) {
    for (const std::string& bytes : {left, right}) {
      for (const CardVersion version : {CardVersion::v3_0, CardVersion::v4_0}) {
        const auto made = card_in_version(bytes, version);
        ASSERT_TRUE(made) << describe(made.error());
        EXPECT_THAT(*made, HasSubstr(fmt::format("VERSION:{}\r\n", name_of(version))));
        EXPECT_EQ(meaning(*made).lines, meaning(bytes).lines) << bytes << "became\n" << *made;
      }
    }
  }
}

TEST(Card, IsWrittenAsEachVersionWantsIt) {
  const std::string old = card(
      "2.1", "N:Doe;John\r\nTEL;HOME;PREF:1\r\nPHOTO;ENCODING=BASE64;JPEG:QUJD\r\nADR;WORK:;;Str\r\nLABEL;WORK:Str=1\r\nBDAY:19960415\r\n");
  EXPECT_EQ(*card_in_version(old, CardVersion::v3_0),
            card("3.0", "FN:John Doe\r\nN:Doe;John\r\nTEL;TYPE=home,pref:1\r\nPHOTO;ENCODING=b;TYPE=JPEG:QUJD\r\n"
                        "LABEL;TYPE=work:Str=1\r\nADR;TYPE=work:;;Str\r\nBDAY:1996-04-15\r\n"));
  EXPECT_EQ(*card_in_version(old, CardVersion::v4_0),
            card("4.0", "FN:John Doe\r\nN:Doe;John\r\nTEL;PREF=1;TYPE=home:1\r\nPHOTO:data:image/jpeg;base64,QUJD\r\n"
                        "ADR;TYPE=work;LABEL=Str=1:;;Str\r\nBDAY:19960415\r\n"));
  const std::string group = card("4.0", "FN:g\r\nKIND:group\r\nMEMBER:urn:uuid:1\r\nEMAIL;PREF=2:a\r\nEMAIL;PREF=1:b\r\n");
  EXPECT_EQ(
      *card_in_version(group, CardVersion::v3_0),
      card(
          "3.0",
          "N:;;;;\r\nFN:g\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\nEMAIL:a\r\nEMAIL;TYPE=pref:b\r\n"));
  EXPECT_EQ(*card_in_version(group, CardVersion::v4_0), group);
  const std::string odd = "BEGIN:VCARD\nVERSION:3.0\nFN:a\nX-A;B=c:d\nEND:VCARD";
  EXPECT_EQ(*card_in_version(odd, CardVersion::v3_0), odd) << "what has the version stays as it came";
}

TEST(Card, ACardInACardIsKept) {
  const std::string old = card("2.1", "N:a\r\nAGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:b\r\nEND:VCARD\r\n");
  const Meaning made = meaning(old);
  EXPECT_THAT(made.lines, Contains(AllOf(StartsWith("AGENT: BEGIN:VCARD"), HasSubstr("N:b"))));
  EXPECT_EQ(meaning(*card_in_version(old, CardVersion::v4_0)).lines, made.lines);
}

TEST(Card, HasANameForPeople) {
  EXPECT_EQ(meaning(card("2.1", "N:Doe;John;Q.,P.;Dr.;Jr.\r\n")).summary, "Dr. John Q.,P. Doe Jr.");
  EXPECT_EQ(meaning(card("3.0", "N:Doe;John;Q.,P.;Dr.;Jr.\r\n")).summary, "Dr. John Q. P. Doe Jr.");
  EXPECT_EQ(meaning(card("3.0", "N:;;;;\r\nORG:Bubba\\, Inc.;Dep\r\n")).summary, "Bubba, Inc.");
  EXPECT_EQ(meaning(card("3.0", "EMAIL:a@example.com\r\n")).summary, "a@example.com");
  EXPECT_EQ(meaning(card("3.0", "UID:u\r\n")).uid, "u");
}

struct Wrong {
  std::string bytes;
  std::string_view where, what;
};

TEST(Card, SaysWhatIsWrongAndWhere) {
  for (const Wrong& wrong : std::vector<Wrong>{
           {"", "line 1", "the item is empty"},
           {"BEGIN:VEVENT\nEND:VEVENT\n", "line 1", "where BEGIN:VCARD has to be"},
           {"BEGIN:VCARD\nFN:a\nEND:VCARD\n", "line 1", "no VERSION"},
           {card("5.0", "FN:a\n"), "line 2", "VERSION:5.0 of vCard is not known"},
           {card("3.0", "FN:a\n") + card("3.0", "FN:b\n"), "line 5", "second VCARD"},
           {card("3.0", "FN:a\nPHOTO;ENCODING=b:%\n"), "line 4", "not base64"},
           {card("4.0", "FN:a\nPHOTO:data:image/jpeg;base64,%\n"), "line 4", "cannot be decoded"},
           {card("2.1", "N:a\nNOTE;CHARSET=KLINGON:x\n"), "line 4", "which is not known"},
           {card("2.1", "N:a\nNOTE:\xFC\n"), "line 4", "is not UTF-8"},
           {card("3.0", "FN:\xFC\n"), "line 3", "is not UTF-8"},
           {card("2.1", "N:a\nNOTE;ENCODING=QUOTED-PRINTABLE:=FC\n"), "line 4", "is not UTF-8"},
       }) {
    const auto made = meaning_of(CollectionKind::address_book, wrong.bytes);
    ASSERT_FALSE(made) << wrong.bytes;
    EXPECT_EQ(made.error().kind, ErrorKind::syntax);
    EXPECT_EQ(made.error().where, wrong.where) << wrong.bytes;
    EXPECT_THAT(made.error().what, HasSubstr(wrong.what)) << wrong.bytes;
  }
}

TEST(Card, EveryCutIsAnError) {
  const std::string whole = card("2.1", "N:a\r\nNOTE;ENCODING=QUOTED-PRINTABLE:x=\r\ny\r\nPHOTO;ENCODING=BASE64:\r\n QUJD\r\n\r\n");
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_FALSE(meaning_of(CollectionKind::address_book, std::string_view(whole).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace godwit::groupware
