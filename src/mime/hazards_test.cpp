// SPDX-License-Identifier: Apache-2.0
#include "mime/hazards.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace godwit::mime {
namespace {

using namespace std::literals;

constexpr int nul = Hazards::nul, head = Hazards::header_8bit, bare = Hazards::bare_newline, open = Hazards::no_final_newline, many = Hazards::many_parts;

struct Case {
  std::string_view message;
  int kinds;
};

const std::vector<Case> cases{
    {"", open},
    {"Subject: a\r\n\r\nbody\r\n", 0},
    {"Subject: a\r\n\r\nb\xc3\xa4r\r\n", 0},  // 8-bit in the body is nobody's concern
    {"Subject: b\xc3\xa4r\r\n\r\nbody\r\n", head},
    {"Subject: a\r\nX: \xff\r\n\r\nbody\r\n", head},
    {"Subject: a\r\n \xff folded\r\n\r\nbody\r\n", head},
    {"Subject: a\r\n\xff", head | open},
    {"\xff\r\n", head},
    {"\r\n\xff\r\n", 0},  // no header at all
    {"\n\xff\n", bare},
    {"Subject: a\r\n\r\nbe\0fore\r\n"sv, nul},
    {"Sub\0ject: a\r\n\r\n"sv, nul},
    {"\0"sv, nul | open},
    {"Subject: a\n\nbody\n", bare},
    {"Subject: a\r\n\r\none\ntwo\r\n", bare},
    {"Subject: a\r\n\r\none\rtwo\r\n", bare},
    {"Subject: a\r\n\r\none\r\r\n", bare},
    {"Subject: a\r\n\r\none\r", bare | open},
    {"\r", bare | open},
    {"\n", bare},
    {"\r\n", 0},
    {"Subject: a\r\n\r\nbody", open},
    {"Subject: a", open},
    {"Subject: a\r\n\r\r\n\xff\r\n", bare | head},  // two CRs are no empty line: the header goes on
    {"Subject: \xe9\n\nbe\0fore\rx"sv, nul | head | bare | open},
};

Hazards in_pieces(std::string_view message, const std::function<std::size_t()>& size) {
  HazardScanner scanner;
  while (!message.empty()) {
    const std::size_t taken = std::min(size(), message.size());
    scanner.update(message.substr(0, taken));
    message.remove_prefix(taken);
  }
  return scanner.finish();
}

TEST(Hazards, AreFoundWholeAndByteByByteAndInPieces) {
  std::mt19937 random(5);
  for (const Case& one : cases) {
    SCOPED_TRACE(testing::PrintToString(std::string(one.message)));
    EXPECT_EQ(find_hazards(one.message).kinds, one.kinds);
    EXPECT_EQ(in_pieces(one.message, [] { return std::size_t{1}; }).kinds, one.kinds);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(in_pieces(one.message, [&] { return random() % 5; }).kinds, one.kinds);
  }
}

TEST(Hazards, RandomTextIsTheSameHoweverItIsCut) {
  std::mt19937 random(6);
  constexpr std::string_view alphabet = "a:\r\n\r\n\r\n\0\xff "sv;
  for (int run = 0; run < 3000; ++run) {
    std::string message;
    for (std::size_t size = random() % 60; message.size() < size;) message += alphabet[random() % alphabet.size()];
    const Hazards whole = find_hazards(message);
    EXPECT_EQ(in_pieces(message, [] { return std::size_t{1}; }), whole) << testing::PrintToString(message);
    EXPECT_EQ(in_pieces(message, [&] { return random() % 30; }), whole) << testing::PrintToString(message);
  }
}

TEST(Hazards, EightBitBytesAreSeenAtEveryPlaceOfALongHeader) {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      std::string message(length, 'x');
      message[place] = '\x80';
      EXPECT_EQ(find_hazards(message + "\r\n").kinds, head) << length << " " << place;
    }
  }
}

TEST(Hazards, ScannerBeginsAnewAfterFinish) {
  HazardScanner scanner;
  scanner.update("Subject: a\n\n\0x"sv);
  EXPECT_TRUE(scanner.finish().any());
  scanner.update("Subject: \xff\r\n\r\n");
  EXPECT_EQ(scanner.finish().kinds, head);
  EXPECT_EQ(scanner.finish().kinds, open);
}

TEST(Hazards, ManyPartsAreCountedHoweverTheyAreCut) {
  std::mt19937 random(7);
  for (const auto& [line, count, kinds] : {std::tuple("--b\r\n", 100, 0), {"--b\r\n", 101, many}, {"--b\r\n", 5000, many},
                                           {"-b--\r\n", 500, 0}, {"\r\n--", 102, many | open}, {"-\r\n", 500, 0}}) {
    std::string message = "Subject: a\r\n\r\n";
    for (int i = 0; i < count; ++i) message += line;
    EXPECT_EQ(find_hazards(message).kinds, kinds) << line << count;
    EXPECT_EQ(in_pieces(message, [] { return std::size_t{1}; }).kinds, kinds) << line << count;
    EXPECT_EQ(in_pieces(message, [&] { return random() % 8; }).kinds, kinds) << line << count;
  }
}

TEST(Hazards, AreDescribed) {
  EXPECT_EQ(describe(Hazards{}), "");
  EXPECT_EQ(describe(Hazards{nul}), "NUL bytes");
  EXPECT_EQ(describe(Hazards{nul | head | bare | open}),
            "NUL bytes, 8-bit bytes in the header, bare CR or LF, no newline at the end");
  EXPECT_EQ(describe(Hazards{many}), "more than 100 parts");
}

std::string as_cyrus(std::string message) {
  const std::size_t end = std::min(message.find("\r\n\r\n"), message.size());
  for (std::size_t i = 0; i < end; ++i) {
    if (static_cast<unsigned char>(message[i]) > 127) message[i] = 'X';
  }
  return message;
}
std::string as_dovecot(std::string message) {
  std::ranges::replace(message, '\0', '\x80');
  return message;
}
std::string as_courier(std::string message) {
  std::erase(message, '\r');
  return message;
}
std::string with_crlf(const std::string& message) {
  std::string result;
  for (const char c : as_courier(message)) result.append(c == '\n' ? "\r\n" : std::string(1, c));
  return result;
}

TEST(LooseDigest, SeesPastWhatServersAlter) {
  for (const Case& one : cases) {
    const std::string message(one.message);
    SCOPED_TRACE(testing::PrintToString(message));
    const Digest digest = loose_digest(message);
    EXPECT_EQ(loose_digest(as_cyrus(message)), digest);
    EXPECT_EQ(loose_digest(as_dovecot(message)), digest);
    EXPECT_EQ(loose_digest(as_courier(message)), digest);
    EXPECT_EQ(loose_digest(as_cyrus(as_dovecot(as_courier(message)))), digest);
    EXPECT_EQ(loose_digest(with_crlf(message)), digest);
    EXPECT_NE(loose_digest(message + "\r\n"), digest) << "a newline at the end counts";
  }
}

TEST(LooseDigest, TellsDifferentMessagesApart) {
  const Digest digest = loose_digest("Subject: a\r\n\r\none\r\ntwo\r\n");
  for (const std::string_view other : {"Subject: a\r\n\r\none two\r\n", "Subject: a\r\n\r\none\r\n\r\ntwo\r\n", "Subject: b\r\n\r\none\r\ntwo\r\n",
                                       "Subject: a\r\n\r\none\r\ntwo\r", "Subject: a\r\n\r\none\r\ntwo",
                                       "\r\nSubject: a\r\n\r\none\r\ntwo\r\n", "Subject: a\r\n\r\none\r\ntwo2\r\n"}) {
    EXPECT_NE(loose_digest(other), digest) << other;
  }
}

TEST(LooseDigest, IsTheSameHoweverTheMessageIsCut) {
  std::mt19937 random(7);
  const std::string message = "Subject: \xe9\r\n\r\n\r\n\r\nbe\0fore\n\n\r\rx\r\n\r\n"s;
  const Digest whole = loose_digest(message);
  for (int run = 0; run < 200; ++run) {
    LooseDigest digest;
    for (std::string_view rest = message; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(run == 0 ? 1 : random() % 7, rest.size());
      digest.update(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    EXPECT_EQ(digest.finish(), whole);
    digest.update("x");
    EXPECT_EQ(digest.finish(), loose_digest("x")) << "begins anew";
  }
}

TEST(HeaderValue, IsUnfoldedAndBounded) {
  const std::string message = "Received: x\r\nSUBJECT:  one\r\n\ttwo \r\n three\r\nFrom:a@example.com\r\nSubject: second\r\n\r\nDate: in the body\r\n";
  EXPECT_EQ(header_value(message, "Subject"), "one two  three");
  EXPECT_EQ(header_value(message, "from"), "a@example.com");
  EXPECT_EQ(header_value(message, "Date"), "");
  EXPECT_EQ(header_value(message, "Sub"), "");
  EXPECT_EQ(header_value("Subject: lf\nFrom: x", "Subject"), "lf");
  EXPECT_EQ(header_value("Subject: at the end", "Subject"), "at the end");
  EXPECT_EQ(header_value("Subject: " + std::string(500, 'y'), "Subject").size(), 200U);
  EXPECT_EQ(header_value("", "Subject"), "");
}

}  // namespace
}  // namespace godwit::mime
