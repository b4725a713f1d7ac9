// SPDX-License-Identifier: Apache-2.0
#include "pop3/wire.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error_code.h"

namespace godwit::pop3 {
namespace {

using Kind = Status::Kind;

TEST(Pop3Wire, FirstLines) {
  const std::pair<std::string_view, Status> lines[] = {
      {"+OK", {Kind::ok, "", ""}},
      {"+OK 2 320", {Kind::ok, "", "2 320"}},
      {"+ok  ready ", {Kind::ok, "", "ready"}},
      {"+OK [AUTH] is no code here", {Kind::ok, "", "[AUTH] is no code here"}},
      {"-ERR", {Kind::error, "", ""}},
      {"-ERR [in-use] locked", {Kind::error, "IN-USE", "[in-use] locked"}},
      {"-ERR [SYS/TEMP] later", {Kind::error, "SYS/TEMP", "[SYS/TEMP] later"}},
      {"-ERR [open", {Kind::error, "", "[open"}},
      {"-ERR no [AUTH] in front", {Kind::error, "", "no [AUTH] in front"}},
      {"+ dGVzdA==", {Kind::challenge, "", "dGVzdA=="}},
      {"+", {Kind::challenge, "", ""}},
  };
  for (const auto& [line, expected] : lines) EXPECT_EQ(parse_status(line), expected) << line;
  for (const std::string_view line : {"", "* OK IMAP", "220 smtp", "+OKAY", "-ERROR", "OK", "-"}) {
    const auto status = parse_status(line);
    ASSERT_FALSE(status) << line;
    EXPECT_EQ(status.error().code, codes::response_malformed.number);
  }
}

TEST(Pop3Wire, LinesOfLists) {
  EXPECT_EQ(parse_listed_size("1 120"), (ListedSize{1, 120}));
  EXPECT_EQ(parse_listed_size(" 4294967295   18446744073709551615 more"), (ListedSize{4294967295, 18446744073709551615U}));
  for (const std::string_view line : {"", "1", "0 120", "1 -5", "1 12a", "x 5", "4294967296 1", "1 18446744073709551616", "-1 5"}) {
    EXPECT_FALSE(parse_listed_size(line)) << line;
  }
  EXPECT_EQ(parse_unique_id("2 whqtswO00WBw418f9t5JxYwZ"), (UniqueId{2, "whqtswO00WBw418f9t5JxYwZ"}));
  EXPECT_EQ(parse_unique_id("2 a b"), (UniqueId{2, "a"}));
  EXPECT_EQ(parse_unique_id("3"), (UniqueId{3, ""}));
  for (const std::string_view line : {"", "x y", "0 a", "uid"}) EXPECT_FALSE(parse_unique_id(line)) << line;
}

TEST(Pop3Wire, CapabilitiesKnowTheirArguments) {
  const Capabilities all{{parse_capability("sasl PLAIN cram-md5"), parse_capability(" EXPIRE 60 "), parse_capability("")}, true};
  EXPECT_TRUE(all.has("SASL"));
  EXPECT_TRUE(all.has_mechanism("CRAM-MD5"));
  EXPECT_FALSE(all.has_mechanism("CRAM"));
  EXPECT_EQ(all.find("EXPIRE")->arguments, std::vector<std::string>{"60"});
  EXPECT_FALSE(all.has("PIPELINING"));
}

TEST(Pop3Wire, ApopOfTheRfc) {
  const std::string_view timestamp = timestamp_of("POP3 server ready <1896.697170952@dbc.mtview.ca.us>");
  EXPECT_EQ(timestamp, "<1896.697170952@dbc.mtview.ca.us>");
  EXPECT_EQ(apop_digest(timestamp, "tanstaaf"), "c4c9334bac560ecc979e58001b3e22fb");
  for (const std::string_view none : {"ready", "<no at sign>", "<a b@c>", "<open@end", ">@<"}) EXPECT_EQ(timestamp_of(none), "") << none;
}

struct Answer {
  std::string_view name, wire, decoded;
  LineEnds ends = LineEnds::crlf;
};
constexpr Answer answers[] = {
    {"nothing", ".\r\n", ""},
    {"lines", "a\r\nb\r\n.\r\n", "a\r\nb\r\n"},
    {"an empty line", "\r\n.\r\n", "\r\n"},
    {"stuffed dots", "..\r\n..a\r\n...\r\n.\r\n", ".\r\n.a\r\n..\r\n"},
    {"a dot that was not stuffed", ".a\r\n.\r\n", "a\r\n"},
    {"a dot within a line", "a.\r\n.\r\n", "a.\r\n"},
    {"a bare LF begins no line", "a\n.\r\n.\r\n", "a\n.\r\n"},
    {"a bare CR begins no line", "a\r.\r\n.\r\n", "a\r.\r\n"},
    {"CR in front of CRLF", "a\r\r\n.\r\n", "a\r\r\n"},
    {"a dot and LF alone", ".\nb\r\n.\r\n", "\nb\r\n"},
    {"a dot and CR alone", ".\rb\r\n.\r\n", "\rb\r\n"},
    {"a dot and two CR", ".\r\r\n.\r\n", "\r\r\n"},
    {"NUL and 8-bit bytes", std::string_view("\0\xFF\r\n.\r\n", 7), std::string_view("\0\xFF\r\n", 4)},
    {"LF alone", "a\n..b\n\n.\n", "a\r\n.b\r\n\r\n", LineEnds::lf},
    {"LF alone and CRLF", "a\r\nb\n.\r\n", "a\r\nb\r\n", LineEnds::lf},
};

std::string decoded(const Answer& answer, const std::function<std::size_t(std::size_t)>& size_of_next) {
  AnswerDecoder decoder(answer.ends);
  const std::string whole = std::string(answer.wire) + "+OK next";
  std::string output;
  std::size_t taken = 0;
  while (!decoder.is_over() && taken < whole.size()) {
    std::string_view piece = std::string_view(whole).substr(taken, size_of_next(whole.size() - taken));
    const std::size_t size = piece.size();
    decoder.take(piece, output);
    taken += size - piece.size();
  }
  EXPECT_EQ(whole.substr(taken), "+OK next") << answer.name;
  return output;
}

TEST(Pop3Wire, AnswersWholeByteByByteAndCutAtRandom) {
  std::mt19937 random(7);
  for (const Answer& answer : answers) {
    EXPECT_EQ(decoded(answer, [](std::size_t left) { return left; }), answer.decoded) << answer.name;
    EXPECT_EQ(decoded(answer, [](std::size_t) { return 1; }), answer.decoded) << answer.name;
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(decoded(answer, [&](std::size_t left) { return 1 + random() % left; }), answer.decoded) << answer.name;
    }
  }
}

// What a server makes of any bytes (RFC 1939 §3) comes back as they were.
TEST(Pop3Wire, StuffedBytesComeBack) {
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string body;
    for (std::size_t size = random() % 12; size > 0; --size) body += std::string_view(".\r\na")[random() % 4];
    body += "\r\n";
    std::string wire;
    bool begins_line = true;
    for (std::size_t at = 0; at < body.size(); ++at) {
      if (begins_line && body[at] == '.') wire += '.';
      wire += body[at];
      begins_line = body[at] == '\n' && at > 0 && body[at - 1] == '\r';
    }
    const std::string whole = wire + ".\r\n";
    EXPECT_EQ(decoded({"random", whole, ""}, [&](std::size_t left) { return 1 + random() % left; }), body) << to_hex(body);
  }
}

TEST(Pop3Wire, LinesHaveALimit) {
  LineCutter cutter(5);
  std::string_view input = "12345\r\nab";
  EXPECT_FALSE(cutter.next(input)) << "its CR counts";
  LineCutter other(6);
  input = "12345\r\nab";
  EXPECT_EQ(other.next(input).value(), "12345");
  EXPECT_EQ(other.next(input).value(), std::nullopt);
  input = "\n";
  EXPECT_EQ(other.next(input).value(), "ab");
}

}  // namespace
}  // namespace godwit::pop3
