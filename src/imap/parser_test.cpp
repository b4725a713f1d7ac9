// SPDX-License-Identifier: Apache-2.0
// Both stages of reading, each case whole, byte by byte and cut at random.
#include "imap/parser.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/fuzz/read_events.h"

namespace godwit::imap {
namespace {

using test::read_events;
using test::ReadOptions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> events_of(std::string_view bytes, ReadOptions options = {}) {
  const auto whole = read_events(bytes, options);
  EXPECT_EQ(read_events(
                bytes, [](std::size_t) { return std::size_t{1}; }, options),
            whole)
      << "byte by byte";
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto cut = [&](std::size_t rest) {
      return std::size_t{1} + static_cast<std::size_t>(random() % std::min<std::size_t>(rest, 40));
    };
    EXPECT_EQ(read_events(bytes, cut, options), whole) << "seed " << seed;
  }
  return whole;
}

TEST(ParserTest, StatusResponses) {
  EXPECT_THAT(events_of("* OK [CAPABILITY IMAP4rev1 ID] ready\r\n"),
              ElementsAre("untagged 0 0 [CAPABILITY|IMAP4rev1 ID] 'ready'"));
  EXPECT_THAT(events_of("* ok\r\n"), ElementsAre("untagged 0 0 [|] ''"));
  EXPECT_THAT(events_of("* NO low on space\r\n* BAD what\r\n"),
              ElementsAre("untagged 1 1 [|] 'low on space'", "untagged 2 2 [|] 'what'"));
  EXPECT_THAT(events_of("* BYE [UNAVAILABLE] later\r\n"), ElementsAre("untagged 3 1 [UNAVAILABLE|] 'later'"));
  EXPECT_THAT(events_of("* PREAUTH hello\r\n"), ElementsAre("untagged 4 0 [|] 'hello'"));
  EXPECT_THAT(events_of("A1 OK [READ-WRITE]\r\nA2 NO\r\nA3 BAD [x\r\n"),
              ElementsAre("tagged A1 0 [READ-WRITE|] ''", "tagged A2 1 [|] ''", "tagged A3 2 [|] '[x'"));
  EXPECT_THAT(events_of("A1 NO [BADURL \"a]b\"] c\r\n"), ElementsAre("tagged A1 1 [BADURL|\"a]b\"] 'c'"));
  EXPECT_THAT(events_of("+ go\r\n+\r\n+ \r\n"), ElementsAre("plus 'go'", "plus ''", "plus ''"));
}

TEST(ParserTest, TextThatEndsLikeALiteralIsText) {
  EXPECT_THAT(events_of("A1 NO you said {5}\r\n* OK {3}\r\n+ {2}\r\n"),
              ElementsAre("tagged A1 1 [|] 'you said {5}'", "untagged 0 0 [|] '{3}'", "plus '{2}'"));
}

TEST(ParserTest, BareLineFeedsEndLinesToo) { EXPECT_THAT(events_of("* 1 EXISTS\nA1 OK x\n").size(), 2); }

TEST(ParserTest, NotImap) {
  EXPECT_THAT(events_of("HTTP/1.1 400 Bad Request\r\n"), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("\r\n"), ElementsAre(StartsWith("error")));
}

TEST(ParserTest, Numbers) {
  EXPECT_THAT(events_of("* 18 EXISTS\r\n* 2 RECENT\r\n* 3 expunge\r\n* 4 COPIED\r\n"),
              ElementsAre("number 0 18", "number 1 2", "number 2 3", "unknown COPIED"));
}

TEST(ParserTest, ExtraSpaces) {
  EXPECT_THAT(events_of("*  5  EXISTS \r\n* LIST  (\\Noselect )  \"/\"  a \r\n* SEARCH  1  2 \r\nA1  OK  done\r\n"),
              ElementsAre("number 0 5", "list (\\Noselect) '/' a", "search  1:2", "tagged A1 0 [|] 'done'"));
}

TEST(ParserTest, List) {
  EXPECT_THAT(events_of("* LIST (\\HasNoChildren \\Sent) \".\" \"Entw&APw-rfe\"\r\n"),
              ElementsAre("list (\\HasNoChildren \\Sent) '.' Entw\xC3\xBCrfe"));
  EXPECT_THAT(events_of("* LSUB () NIL inbox\r\n"), ElementsAre("lsub () 'NIL' inbox"));
  EXPECT_THAT(events_of("* LIST () \"/\" {5}\r\na \"b)\r\n"), ElementsAre("list () '/' a \"b)"));
  EXPECT_THAT(events_of("* LIST () \"/\" ~{3+}\r\na b\r\n"), ElementsAre("list () '/' a b"));
  EXPECT_THAT(events_of("* LIST () \"/\" NIL\r\n"), ElementsAre("list () '/' NIL"));
  EXPECT_THAT(events_of("* LIST () \"/\" \"q\\\"\\\\\"\r\n"), ElementsAre("list () '/' q\"\\"));
}

TEST(ParserTest, ListExtendedItems) {
  EXPECT_THAT(events_of("* LIST () \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\") \"OLDNAME\" (\"b&AOQ-\"))\r\n"),
              ElementsAre("list () '/' a was b\xC3\xA4"));
  EXPECT_THAT(events_of("* LIST () \"/\" a (\"X-THING\" (1 (2 {3}\r\na)b)) OLDNAME ({1}\r\nc))\r\n"),
              ElementsAre("list () '/' a was c"));
}

TEST(ParserTest, RawListName) {
  EXPECT_THAT(events_of("* LIST () \"/\" \"R&D\"\r\n"), ElementsAre("list () '/' R&D (raw)"));
  EXPECT_THAT(events_of("* LIST () \"/\" \"Entw\xC3\xBCrfe\"\r\n"), ElementsAre("list () '/' Entw\xC3\xBCrfe (raw)"));
}

TEST(ParserTest, UnquotedListName) {
  EXPECT_THAT(events_of("* LIST () \"/\" Sent Items (old)\r\n"), ElementsAre("list () '/' Sent Items (old)"));
}

TEST(ParserTest, LoneBackslash) {
  EXPECT_THAT(events_of("* LIST () \"\\\" a\r\n"), ElementsAre("list () '\\' a"));
  EXPECT_THAT(events_of("* LIST () \"\\\\\" \"a\\\\b\"\r\n"), ElementsAre("list () '\\' a\\b"));
}

TEST(ParserTest, DoubledBackslash) {
  EXPECT_THAT(events_of("* NAMESPACE ((\"\" \"\\\\\\\\\")) NIL NIL\r\n"), ElementsAre("namespace ('' '\\') NIL NIL"));
}

TEST(ParserTest, EmptySeparator) { EXPECT_THAT(events_of("* LIST () \"\" a\r\n"), ElementsAre("list () 'NIL' a")); }

TEST(ParserTest, MalformedListIsAnError) {
  EXPECT_THAT(events_of("* LIST \"/\" a\r\n"), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* LIST (\\a \"/\" a\r\n"), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* LIST () \"/\"\r\n"), ElementsAre(StartsWith("error")));
}

TEST(ParserTest, Namespace) {
  EXPECT_THAT(events_of("* NAMESPACE ((\"INBOX.\" \".\")(\"x\" \"/\")) NIL ((\"Public/\" \"/\"))\r\n"),
              ElementsAre("namespace ('INBOX.' '.')('x' '/') NIL ('Public/' '/')"));
  EXPECT_THAT(events_of("* NAMESPACE ((\"\" \"/\" \"X-PARAM\" (\"F1\" \"F2\"))) NIL NIL\r\n"),
              ElementsAre("namespace ('' '/') NIL NIL"));
  EXPECT_THAT(events_of("* NAMESPACE NIL ((\"~\" \"/\")) ((\"#s/\" \"/\")({1}\r\np NIL))\r\n"),
              ElementsAre("namespace NIL ('~' '/') ('#s/' '/')('p' 'NIL')"));
  EXPECT_THAT(events_of("* NAMESPACE NIL NIL NIL\r\n"), ElementsAre("namespace NIL NIL NIL"));
}

TEST(ParserTest, NamespaceWithoutTheNamespacesOfOthers) {
  EXPECT_THAT(events_of("* NAMESPACE ((\"\" \"/\"))\r\n"), ElementsAre("namespace ('' '/') NIL NIL"));
  EXPECT_THAT(events_of("* NAMESPACE ((\"\" \"/\")) junk ((\"a\" \"/\"))\r\n"), ElementsAre("namespace ('' '/') NIL NIL"));
  EXPECT_THAT(events_of("* NAMESPACE ((\"\" \"/\")) ((\"u/\" \"/\")) ((\"a\"\r\n"), ElementsAre("namespace ('' '/') ('u/' '/') NIL"));
  EXPECT_THAT(events_of("* NAMESPACE () NIL NIL\r\n"), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* NAMESPACE ((\"a\" \"/\" NIL NIL\r\n"), ElementsAre(StartsWith("error")));
}

TEST(ParserTest, Quota) {
  EXPECT_THAT(events_of("* QUOTA \"User quota\" (STORAGE 10 512 message 3 1000)\r\n"),
              ElementsAre("quota 'User quota' STORAGE 10/512 MESSAGE 3/1000"));
  EXPECT_THAT(events_of("* QUOTA \"\" ()\r\n* QUOTA {4}\r\nroot (STORAGE 0 9223372036854775807)\r\n"),
              ElementsAre("quota ''", "quota 'root' STORAGE 0/9223372036854775807"));
  EXPECT_THAT(events_of("* QUOTA a (STORAGE 5 -1 X-NUM-FOLDERS 2 10 MESSAGE 99999999999999999999 1)\r\n"),
              ElementsAre("quota 'a' X-NUM-FOLDERS 2/10"));
  for (const char* const malformed : {"* QUOTA\r\n", "* QUOTA a\r\n", "* QUOTA a (\r\n", "* QUOTA a (STORAGE\r\n",
                                      "* QUOTA a (STORAGE 1)\r\n", "* QUOTA a (STORAGE 1 2\r\n", "* QUOTA a (\"x\" 1 2)\r\n"}) {
    EXPECT_THAT(events_of(malformed), ElementsAre("unknown QUOTA")) << malformed;
  }
}

TEST(ParserTest, Rights) {
  EXPECT_THAT(events_of("* ACL INBOX alice lrswipkxtea \"-bob b\" w $sales \"\"\r\n* acl &AOQ-\r\n"),
              ElementsAre("acl 'INBOX' alice=lrswipkxtea -bob b=w $sales=", "acl '\xC3\xA4'"));
  EXPECT_THAT(events_of("* ACL {3}\r\na b {2}\r\nNI {3}\r\nlrs\r\n"), ElementsAre("acl 'a b' NI=lrs"));
  EXPECT_THAT(events_of("* LISTRIGHTS \"a b\" bob \"\" l r swi 0\r\n* LISTRIGHTS a bob la\r\n"),
              ElementsAre("listrights 'a b' bob '' l r swi 0", "listrights 'a' bob 'la'"));
  EXPECT_THAT(events_of("* MYRIGHTS INBOX rwiptsldaex\r\n* MYRIGHTS a \"\"\r\n"),
              ElementsAre("myrights 'INBOX' rwiptsldaex", "myrights 'a' "));
  for (const char* const malformed : {"* ACL\r\n", "* ACL a bob\r\n", "* ACL a (bob l)\r\n", "* ACL a bob \"l\r\n"}) {
    EXPECT_THAT(events_of(malformed), ElementsAre("unknown ACL")) << malformed;
  }
  EXPECT_THAT(events_of("* LISTRIGHTS a bob\r\n* LISTRIGHTS a b c (\r\n* MYRIGHTS a\r\n"),
              ElementsAre("unknown LISTRIGHTS", "unknown LISTRIGHTS", "unknown MYRIGHTS"));
}

TEST(ParserTest, Metadata) {
  EXPECT_THAT(events_of("* METADATA \"INBOX\" (/private/comment \"My \\\"own\\\"\" /shared/comment NIL)\r\n"),
              ElementsAre("metadata 'INBOX' /private/comment='My \"own\"' /shared/comment=NIL"));
  EXPECT_THAT(events_of("* METADATA \"\" (/shared/comment {5}\r\na\r\n) /shared/admin \"NIL\")\r\n"),
              ElementsAre("metadata '' /shared/comment='a\r\n) ' /shared/admin='NIL'"));
  EXPECT_THAT(events_of(std::string_view("* METADATA a (/shared/x ~{2}\r\n\0( /shared/y \"\")\r\n", 48)),
              ElementsAre(std::string("metadata 'a' /shared/x='\0(' /shared/y=''", 40)));
  EXPECT_THAT(events_of("* METADATA a ()\r\n"), ElementsAre("metadata 'a'"));
  for (const char* const malformed : {"* METADATA\r\n", "* METADATA a /shared/comment\r\n", "* METADATA a (/shared/comment)\r\n",
                                      "* METADATA a (x \"y\")\r\n", "* METADATA a (/shared/comment \"y\"\r\n",
                                      "* METADATA a (/shared/comment y)\r\n"}) {
    EXPECT_THAT(events_of(malformed), ElementsAre("unknown METADATA")) << malformed;
  }
}

TEST(ParserTest, StatusData) {
  EXPECT_THAT(events_of("* STATUS \"b\" (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 4294967295 HIGHESTMODSEQ 72057594037927937)\r\n"),
              ElementsAre("status b 3 9 4294967295 72057594037927937 -"));
  EXPECT_THAT(events_of("* STATUS b (APPENDLIMIT NIL MAILBOXID (x) MESSAGES 1)\r\n* STATUS {1}\r\nb ()\r\n"),
              ElementsAre("status b 1 - - - -", "status b - - - - -"));
}

TEST(ParserTest, UnquotedStatusName) {
  EXPECT_THAT(events_of("* STATUS Quarter 1 (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 4)\r\n"), ElementsAre("status Quarter 1 3 9 4 - -"));
  EXPECT_THAT(events_of("* STATUS  a (old) (UIDVALIDITY 4 MESSAGES 3)\r\n"), ElementsAre("status a (old) 3 - 4 - -"));
  EXPECT_THAT(events_of("* STATUS \"a (UIDNEXT b\" (UIDNEXT 5)\r\n"), ElementsAre("status a (UIDNEXT b - 5 - - -"));
  EXPECT_THAT(events_of("* STATUS {13}\r\na (UIDNEXT 5) (UIDNEXT 6)\r\n"), ElementsAre("status a (UIDNEXT 5) - 6 - - -"));
}

TEST(ParserTest, Search) {
  EXPECT_THAT(events_of("* SEARCH\r\n* SEARCH 5 3 4 9 (MODSEQ 7)\r\n"), ElementsAre("search  ", "search  3:5,9"));
  EXPECT_THAT(events_of("* ESEARCH (TAG \"A7\") UID MIN 2 COUNT 3 ALL 2,10:11 MODSEQ 5\r\n* ESEARCH (TAG \"A7\") UID\r\n"),
              ElementsAre("search A7 2,10:11", "search A7 "));
}

TEST(ParserTest, LongSearchIsWithinTheLimit) {
  std::string line = "* SEARCH";
  for (int uid = 1; uid <= 200'000; ++uid) line += fmt::format(" {}", uid);
  EXPECT_THAT(read_events(line + "\r\n"), ElementsAre("search  1:200000"));
}

TEST(ParserTest, Others) {
  EXPECT_THAT(events_of("* CAPABILITY imap4rev1 LITERAL+\r\n"), ElementsAre("capability IMAP4REV1 LITERAL+"));
  EXPECT_THAT(events_of("* ENABLED\r\n* ENABLED CONDSTORE QRESYNC\r\n"),
              ElementsAre("enabled ()", "enabled (CONDSTORE QRESYNC)"));
  EXPECT_THAT(events_of("* VANISHED (EARLIER) 41,43:45\r\n* VANISHED 3\r\n"),
              ElementsAre("vanished earlier 41,43:45", "vanished 3"));
  EXPECT_THAT(events_of("* FLAGS (\\Answered odd[flag] \"q\")\r\n"), ElementsAre("flags (\\Answered odd[flag] q)"));
  EXPECT_THAT(events_of("* ID (\"name\" \"Dovecot\" \"os\" NIL)\r\n* ID NIL\r\n"), ElementsAre("id name=Dovecot os=", "id"));
  EXPECT_THAT(events_of("* XLIST (\\Inbox) \"/\" \"x\"\r\n* QUOTA \"\" (STORAGE 1 2 {1}\r\na)\r\n"),
              ElementsAre("unknown XLIST", "unknown QUOTA"));
}

TEST(ParserFetchTest, ItemsBeforeAndBehindABody) {
  EXPECT_THAT(
      events_of("* 2 FETCH (UID 7 FLAGS (\\Seen a) BODY[] {4}\r\n)\r\n( INTERNALDATE \"x\" RFC822.SIZE 4 MODSEQ (9))\r\n"),
      ElementsAre("body uid=7 flags=(\\Seen a) date='' size=- modseq=- body=0/0 ''",
                  "fetch 2 uid=7 flags=(\\Seen a) date='x' size=4 modseq=9 body=2/4 ')\r\n('"));
}

TEST(ParserFetchTest, StreamedBody) {
  ReadOptions options;
  options.whole_body_limit = 3;
  EXPECT_THAT(events_of("* 2 FETCH (UID 7 BODY[] {4}\r\nabcd FLAGS ())\r\n* 3 EXISTS\r\n", options),
              ElementsAre("body uid=7 flags=- date='' size=- modseq=- body=0/0 ''", "streamed 'abcd'",
                          "fetch 2 uid=7 flags=() date='' size=- modseq=- body=3/4 ''", "number 0 3"));
}

TEST(ParserFetchTest, OtherFormsOfABody) {
  EXPECT_THAT(events_of("* 1 FETCH (UID 1 BODY[] NIL)\r\n"),
              ElementsAre("fetch 1 uid=1 flags=- date='' size=- modseq=- body=1/0 ''"));
  EXPECT_THAT(events_of("* 1 FETCH (BODY[] \"a\\\"\" UID 1)\r\n"),
              ElementsAre("fetch 1 uid=1 flags=- date='' size=- modseq=- body=2/2 'a\"'"));
  EXPECT_THAT(events_of("* 1 FETCH (UID 1 body[] {0}\r\n)\r\n").back(),
              "fetch 1 uid=1 flags=- date='' size=- modseq=- body=2/0 ''");
  EXPECT_THAT(events_of("* 1 FETCH (UID 1 BODY[] )\r\n"),
              ElementsAre("fetch 1 uid=1 flags=- date='' size=- modseq=- body=1/0 ''"));
}

TEST(ParserFetchTest, UnknownItemsAreSkipped) {
  EXPECT_THAT(events_of("* 1 FETCH (X-A 1 BODY[HEADER.FIELDS (DATE \"FROM\")]<0> {3}\r\n(\r\n X-B (a (b \"c)\" {2}\r\n)) d) "
                        "NIL) BODYSTRUCTURE "
                        "(\"TEXT\" NIL) UID 8)\r\n"),
              ElementsAre("fetch 1 uid=8 flags=- date='' size=- modseq=- body=0/0 ''"));
}

TEST(ParserFetchTest, ExtraParentheses) {
  EXPECT_THAT(events_of("* 2 FETCH (UID 14 (ENVELOPE (NIL NIL)) FLAGS (\\Seen))\r\n"),
              ElementsAre("fetch 2 uid=14 flags=(\\Seen) date='' size=- modseq=- body=0/0 ''"));
}

TEST(ParserFetchTest, OddFlags) {
  EXPECT_THAT(
      events_of("* 1 FETCH (FLAGS (\\Seen  a(b) \\XYZ \"q r\" gr\xC3\xBC\xC3\x9F \\*) UID 1)\r\n"),
      ElementsAre("fetch 1 uid=1 flags=(\\Seen \\* \\XYZ a(b) gr\xC3\xBC\xC3\x9F q r) date='' size=- modseq=- body=0/0 ''"));
  EXPECT_THAT(events_of("* 1 FETCH (FLAGS NIL UID 1)\r\n"),
              ElementsAre("fetch 1 uid=1 flags=- date='' size=- modseq=- body=0/0 ''"));
}

TEST(ParserFetchTest, BadNumbers) {
  EXPECT_THAT(events_of("* 1 FETCH (RFC822.SIZE -1 MODSEQ (x) UID 99999999999 INTERNALDATE NIL)\r\n"),
              ElementsAre("fetch 1 uid=0 flags=- date='' size=- modseq=- body=0/0 ''"));
}

TEST(ParserFetchTest, Malformed) {
  for (const char* line :
       {"* 1 FETCH UID 1\r\n", "* 1 FETCH (UID 1\r\n", "* 1 FETCH (UID 1) x\r\n", "* 1 FETCH (FLAGS (a)\r\n",
        "* 1 FETCH (BODY[ 1)\r\n", "* 1 FETCH (X \"a)\r\n", "* 1 FETCH )\r\n", "* 1 FETCH\r\n"}) {
    EXPECT_THAT(events_of(line), ElementsAre(StartsWith("error"))) << line;
  }
}

TEST(FragmenterTest, Limits) {
  ReadOptions options;
  options.limits.line = 20;
  options.limits.number_line = 30;
  options.limits.literals = 2;
  options.limits.literal = 100;
  options.literal_limit = 10;
  EXPECT_THAT(events_of("* OK 123456789012345\r\n", options).size(), 1);
  EXPECT_THAT(events_of("* OK 12345678901234567\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* SEARCH 1 2 3 4 5 6 7 8 9\r\n", options), ElementsAre("search  1:9"));
  EXPECT_THAT(events_of("* SEARCH 1 2 3 4 5 6 7 8 9 10 11 12 13\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* X {1}\r\na {1}\r\nb\r\n", options), ElementsAre("unknown X"));
  EXPECT_THAT(events_of("* X {1}\r\na {1}\r\nb {1}\r\nc\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* X {11}\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* 1 FETCH (BODY[] {101}\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* 1 FETCH (BODY[] {99999999999999999999999}\r\n", options), ElementsAre(StartsWith("error")));
  EXPECT_THAT(events_of("* X aaaaaaaa {1}\r\nb ccccccccccc\r\n", options), ElementsAre(StartsWith("error")));
}

TEST(FragmenterTest, NothingBeforeTheLineEnds) { EXPECT_THAT(events_of("* 1 EXISTS\r"), IsEmpty()); }

TEST(ParserTest, NamesOfMessages) {
  EXPECT_THAT(events_of("* 1 FETCH (UID 3 EMAILID (M6d99ac3275bb4e) FLAGS ())\r\n* 2 FETCH (X-GM-MSGID 1278455344230334865 UID 4)\r\n"
                        "* 3 FETCH (EMAILID NIL UID 5)\r\n* 4 FETCH (UID 6 EMAILID ())\r\n"),
              ElementsAre("fetch 1 uid=3 flags=() date='' size=- modseq=- body=0/0 '' id=M6d99ac3275bb4e",
                          "fetch 2 uid=4 flags=- date='' size=- modseq=- body=0/0 '' id=1278455344230334865",
                          "fetch 3 uid=5 flags=- date='' size=- modseq=- body=0/0 ''",
                          "fetch 4 uid=6 flags=- date='' size=- modseq=- body=0/0 ''"));
}

TEST(ParserTest, AppendUid) {
  const auto uid = parse_append_uid("38505 5:7,3,9:8");
  ASSERT_TRUE(uid);
  EXPECT_EQ(uid->uid_validity, 38505U);
  EXPECT_THAT(uid->uids, ElementsAre(UidRange{5, 7}, UidRange{3, 3}, UidRange{8, 9}));
  EXPECT_EQ(uid->count(), 6U);
  for (const char* bad : {"", "1", "1 ", "x 1", "1 0", "1 *", "1 2,", "1 ,2", "1 2:", "1 5:0"})
    EXPECT_FALSE(parse_append_uid(bad)) << bad;
}

TEST(ParserTest, CopyUid) {
  const auto copied = parse_copy_uid("38505 304,319:320,7 3956:3958,12");
  ASSERT_TRUE(copied);
  EXPECT_EQ(copied->uid_validity, 38505U);
  EXPECT_EQ(copied->destination_of(304), 3956U);
  EXPECT_EQ(copied->destination_of(319), 3957U);
  EXPECT_EQ(copied->destination_of(320), 3958U);
  EXPECT_EQ(copied->destination_of(7), 12U);
  EXPECT_EQ(copied->destination_of(8), std::nullopt);
  for (const char* bad : {"", "1", "1 2", "1 2 ", "1 2:3 4", "x 1 2", "1 0 2", "1 2 *"}) EXPECT_FALSE(parse_copy_uid(bad)) << bad;
}

}  // namespace
}  // namespace godwit::imap
