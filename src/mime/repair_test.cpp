// SPDX-License-Identifier: Apache-2.0
#include "mime/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/hazards.h"

namespace godwit::mime {
namespace {

using namespace std::literals;

std::string repaired(std::string_view message, RepairRules rules) {
  const auto result = repair(message, rules);
  return result ? result->bytes : "nothing";
}
std::string in_header(std::string_view field) {
  const auto result = repaired(std::string(field) + "\r\n\r\n", {RepairRule::header_8bit});
  return result.ends_with("\r\n\r\n") ? result.substr(0, result.size() - 4) : result;
}
constexpr std::string_view text_head = "Subject: a\r\n\r\n";
std::string with_head(std::string_view body) { return std::string(text_head) += body; }

TEST(Repair, FindsNothingInSoundMessages) {
  for (const auto message : {"Subject: a\r\n\r\nbody\r\n"sv, "Subject: a\r\n\r\n"sv,
                             "From: a@example.org\r\nSubject: b\r\n\r\nb\xc3\xa4r\r\n"sv, "\r\nbody\r\n"sv, ""sv}) {
    EXPECT_FALSE(repair(message, RepairRules::all().without(RepairRule::wrap))) << message;
    EXPECT_THAT(attempts(message, RepairRules::all()), testing::ElementsAre(RepairRules{RepairRule::wrap}));
  }
}

TEST(Repair, TellsEachPlace) {
  const auto result =
      repair("Subject: a\r\n\r\nb\0c\0\0d\ne"sv, {RepairRule::nul, RepairRule::bare_newline, RepairRule::final_newline});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->bytes, "Subject: a\r\n\r\nbcd\r\ne\r\n");
  EXPECT_THAT(result->edits,
              testing::ElementsAre(Edit{15, "\0"s, "", {RepairRule::nul}}, Edit{17, "\0\0"s, "", {RepairRule::nul}},
                                   Edit{20, "", "\r", {RepairRule::bare_newline}},
                                   Edit{22, "", "\r\n", {RepairRule::final_newline}}));
  EXPECT_EQ(result->describe(), "final-newline: 1 place, nul: 2 places, bare-newline: 1 place");
}

TEST(RepairNul, IsTakenOutOfHeaderAndText) {
  EXPECT_EQ(repaired("Sub\0ject: a\r\n\r\nb\0\r\n"sv, {RepairRule::nul}), "Subject: a\r\n\r\nb\r\n");
}

TEST(RepairNul, DataIsEncodedAndKept) {
  const auto message =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: "
      "binary\r\n\r\n\x89PNG\r\n\0\xff\r\n--x\r\n"
      "Content-Type: text/plain\r\n\r\na\0b\r\n--x--\r\n"sv;
  EXPECT_EQ(repaired(message, {RepairRule::nul}),
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: "
            "base64\r\n\r\niVBORw0KAP8=\r\n--x\r\n"
            "Content-Type: text/plain\r\n\r\nab\r\n--x--\r\n");
  EXPECT_EQ(repaired("Content-Type: text/plain; charset=UTF-16\r\n\r\na\0b\0"sv, {RepairRule::nul}),
            "Content-Type: text/plain; charset=UTF-16\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: "
            "base64\r\n\r\nYQBiAA==\r\n");
}

TEST(RepairBareNewline, BecomesCrlf) {
  EXPECT_EQ(repaired("Subject: a\n\nb\nc\r\nd\n", {RepairRule::bare_newline}), "Subject: a\r\n\r\nb\r\nc\r\nd\r\n");
  EXPECT_EQ(repaired("Subject: a\r\rb\rc\r", {RepairRule::bare_newline}),
            "Subject: a\r\n\r\nb\r\nc\r\n");  // an old Macintosh
  EXPECT_EQ(repaired("Subject: a\r\r\n\r\r\nb\r\r\n", {RepairRule::bare_newline}),
            "Subject: a\r\n\r\nb\r\n");  // written twice as text
  EXPECT_EQ(repaired("Subject: a\rb\r\n\r\nb\rc\r\n", {RepairRule::bare_newline}), "Subject: a b\r\n\r\nb\r\nc\r\n");
}

TEST(RepairBareNewline, DataIsEncodedAndKept) {
  EXPECT_EQ(repaired("MIME-Version: 1.0\r\nContent-Type: application/zip\r\n\r\n\xff\n\r", {RepairRule::bare_newline}),
            "MIME-Version: 1.0\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n/woN\r\n");
  EXPECT_EQ(repaired("Content-Type: application/pgp-signature\r\n\r\nabc\ndef\r\n", {RepairRule::bare_newline}),
            "Content-Type: application/pgp-signature\r\n\r\nabc\r\ndef\r\n");
}

TEST(RepairFinalNewline, IsPutThere) {
  EXPECT_EQ(repaired(with_head("b"), {RepairRule::final_newline}), with_head("b\r\n"));
  EXPECT_EQ(repaired(with_head("b\r"), {RepairRule::final_newline}), with_head("b\r\n"));
  EXPECT_EQ(repaired("Subject: a\n\nb", {RepairRule::final_newline}), "Subject: a\n\nb\n");
  EXPECT_EQ(repaired("Subject: a", {RepairRule::final_newline}), "Subject: a\r\n");
}

TEST(RepairHeaderForm, SeparatorIsPutThere) {
  const auto form = [](std::string_view message) { return repaired(message, {RepairRule::header_form}); };
  EXPECT_EQ(form("Subject: a\r\nHello,\r\nNote: this\r\n"), "Subject: a\r\n\r\nHello,\r\nNote: this\r\n");
  EXPECT_EQ(form("Subject: a\r\nHello,\r\n\r\nyou\r\n"), "Subject: a\r\n\r\nHello,\r\n\r\nyou\r\n");
  EXPECT_EQ(form("Hello\r\n"), "\r\nHello\r\n");
  EXPECT_EQ(form("Subject: a\r\n"), "Subject: a\r\n\r\n");
  EXPECT_EQ(form("Subject: a"), "Subject: a\r\n\r\n");
  EXPECT_EQ(form("Subject: a\nHello\n"), "Subject: a\n\nHello\n");
  EXPECT_EQ(form("Subject: a\r\nHello,\r\nFrom: all of us\r\n"), "Subject: a\r\n\r\nHello,\r\nFrom: all of us\r\n");
}

TEST(RepairHeaderForm, LinesThatAreNoFieldBecomePartOfOne) {
  const auto form = [](std::string_view message) { return repaired(message, {RepairRule::header_form}); };
  EXPECT_EQ(form("From alice@example.org Mon Jan  1 00:00:00 2024\r\nSubject: a\r\n\r\n"),
            "X-From-Line: alice@example.org Mon Jan  1 00:00:00 2024\r\nSubject: a\r\n\r\n");
  EXPECT_EQ(form(">From alice@example.org\r\nSubject: a\r\n\r\n"), "X-From-Line: alice@example.org\r\nSubject: a\r\n\r\n");
  EXPECT_EQ(form("X-Virus: none\r\nfound here\r\nSubject: a\r\n\r\nb\r\n"),
            "X-Virus: none\r\n found here\r\nSubject: a\r\n\r\nb\r\n");
  EXPECT_EQ(form("nonsense here\r\nSubject: a\r\n\r\nb\r\n"), "X-Unparsed: nonsense here\r\nSubject: a\r\n\r\nb\r\n");
  EXPECT_EQ(form("Subject : a\r\nTo \t: b\r\n\r\n"), "Subject: a\r\nTo: b\r\n\r\n");
}

TEST(RepairHeader8bit, TextBecomesEncodedWords) {
  EXPECT_EQ(in_header("Subject: Gr\xc3\xbc\xc3\x9f"
                      "e aus Ulm"),
            "Subject: =?utf-8?B?R3LDvMOfZQ==?= aus Ulm");
  EXPECT_EQ(in_header("Subject: \xc3\xa4 \xc3\xb6 x \xc3\xbc"), "Subject: =?utf-8?B?w6Qgw7Y=?= x =?utf-8?B?w7w=?=");
  EXPECT_EQ(in_header("X-Note: a\r\n \xc3\xa4 b"), "X-Note: a\r\n =?utf-8?B?w6Q=?= b");
  // White space between two encoded-words is not shown; here it has to be.
  EXPECT_EQ(in_header("Subject: =?utf-8?Q?a?= \xc3\xa4"), "Subject: =?utf-8?Q?a?= =?utf-8?B?IMOk?=");
  EXPECT_EQ(in_header("Subject: \xc3\xa4 =?utf-8?Q?a?="), "Subject: =?utf-8?B?w6Qg?= =?utf-8?Q?a?=");
  EXPECT_EQ(in_header("Subject: =?iso-8859-1?Q?\xe4?="), "Subject: =?iso-8859-1?Q?=E4?=");
  EXPECT_EQ(in_header("Subject: =?utf-8?B?\xe4?="), "Subject: =?windows-1252?B?PT91dGYtOD9CP+Q/PQ==?=");
}

TEST(RepairHeader8bit, LongTextIsFoldedBetweenCharacters) {
  std::string_view rest;
  const std::string field = in_header("Subject: " + [] {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "\xe6\x97\xa5";
    return text;
  }());
  rest = field;
  int lines = 0;
  for (; !rest.empty(); ++lines) {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    EXPECT_LE(end, 76U) << rest.substr(0, end);
    const std::string_view word = rest.substr(0, end).substr(rest.find("=?"));
    EXPECT_TRUE(word.starts_with("=?utf-8?B?5pel5pel") && word.ends_with("5pel?=")) << word;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  EXPECT_EQ(lines, 5);
}

TEST(RepairHeader8bit, NamesBecomeEncodedWordsAndAddressesDoNot) {
  EXPECT_EQ(in_header("From: J\xc3\xbcrgen M <j@example.org>"), "From: =?utf-8?Q?J=C3=BCrgen?= M <j@example.org>");
  EXPECT_EQ(in_header("From: \"M\xc3\xbcller, J.\" <j@example.org>"), "From: =?utf-8?B?TcO8bGxlciwgSi4=?= <j@example.org>");
  EXPECT_EQ(in_header("From: \"M\xc3\xbcller\"<j@example.org>"), "From: =?utf-8?Q?M=C3=BCller?= <j@example.org>");
  EXPECT_EQ(in_header("To: \"plain\" <a@example.org>, \xc3\xa4 <b@example.org>"),
            "To: \"plain\" <a@example.org>, =?utf-8?B?w6Q=?= <b@example.org>");
  EXPECT_EQ(in_header("Cc: j\xc3\xbcrgen@example.org (J\xc3\xbcrgen)"), "Cc: jXXrgen@example.org (=?utf-8?Q?J=C3=BCrgen?=)");
  EXPECT_EQ(in_header("Cc: <j\xfc@example.org>"), "Cc: <jX@example.org>");
  EXPECT_EQ(in_header("Cc: \"\xfc b\"@example.org"), "Cc: \"X b\"@example.org");
  EXPECT_EQ(in_header("From: \xe4\\\r\n x <a@example.org>"), "From: =?windows-1252?B?5Fw=?=\r\n x <a@example.org>");
  EXPECT_EQ(in_header("To: \"\xc3\xa4\\\"b\" <b@example.org>"), "To: =?utf-8?B?w6QiYg==?= <b@example.org>");
}

TEST(RepairHeader8bit, ParametersBecomeExtendedOnes) {
  EXPECT_EQ(in_header("Content-Disposition: attachment; filename=\"\xc3\xa4 b.pdf\"; size=3"),
            "Content-Disposition: attachment; filename*=utf-8''%C3%A4%20b.pdf; size=3");
  EXPECT_EQ(in_header("Content-Type: text/plain; charset=iso-8859-1; name=\xe4.txt"),
            "Content-Type: text/plain; charset=iso-8859-1; name*=iso-8859-1''%E4.txt");
  EXPECT_EQ(in_header("Content-Disposition: attachment; filename=\"\xe4\"; filename*=utf-8''%C3%A4"),
            "Content-Disposition: attachment; filename=\"X\"; filename*=utf-8''%C3%A4");
  EXPECT_EQ(in_header("Content-Disposition: attachment; filename=\"" + std::string(60, 'a') + "\xc3\xa4\""),
            "Content-Disposition: attachment; filename*0*=utf-8''" + std::string(50, 'a') +
                ";\r\n filename*1*=" + std::string(10, 'a') + "%C3%A4");
  // The lines that the boundary divides would have to change with it.
  EXPECT_EQ(in_header("Content-Type: multipart/mixed; boundary=\"\xe4\""), "nothing");
}

TEST(RepairHeader8bit, ElsewhereOnlyCommentsTakeWords) {
  EXPECT_EQ(in_header("Received: from a (b \xc3\xa4) by \xc3\xa4"), "Received: from a (b =?utf-8?B?w6Q=?=) by XX");
  EXPECT_EQ(in_header("Message-ID: <\xe4@example.org>"), "Message-ID: <X@example.org>");
}

TEST(RepairHeader8bit, TheCharsetIsGuessed) {
  EXPECT_EQ(in_header("Subject: \xe4"), "Subject: =?windows-1252?Q?=E4?=");
  EXPECT_EQ(in_header("Subject: \x81"), "Subject: =?unknown-8bit?Q?=81?=");
  for (const char* wrong : {"\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\xa0\x80\x80", "\xc0\xaf", "\xc3"}) {
    EXPECT_TRUE(in_header("Subject: " + std::string(wrong)).starts_with("Subject: =?windows-1252?")) << wrong;
  }
  EXPECT_EQ(in_header("Subject: \xcb\xcf\r\nContent-Type: text/plain; charset=\"KOI8-R\""),
            "Subject: =?koi8-r?B?y88=?=\r\nContent-Type: text/plain; charset=\"KOI8-R\"");
  EXPECT_EQ(in_header("Subject: \xe4\r\nContent-Type: text/plain; charset=\"iso-8859-1?=\""),
            "Subject: =?windows-1252?Q?=E4?=\r\nContent-Type: text/plain; charset=\"iso-8859-1?=\"");
  // 0x5c is the second byte of a character here, no escape.
  EXPECT_EQ(in_header("From: \"\x95\x5c\" <a@example.org>\r\nContent-Type: text/plain; charset=shift_jis"),
            "From: =?shift_jis?B?lVw=?= <a@example.org>\r\nContent-Type: text/plain; charset=shift_jis");
}

TEST(RepairHeader8bit, HeadersOfPartsCountAndBodiesDoNot) {
  EXPECT_EQ(repaired("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Description: "
                     "\xc3\xa4\r\n\r\n\xc3\xa4\r\n--x--\r\n",
                     {RepairRule::header_8bit}),
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Description: "
            "=?utf-8?B?w6Q=?=\r\n\r\n\xc3\xa4\r\n--x--\r\n");
}

TEST(RepairLongLine, HeadersAreFoldedAtWhiteSpace) {
  const std::string long_word(600, 'x');
  EXPECT_EQ(repaired("Subject: " + long_word + " " + long_word + " a\r\n\r\n", {RepairRule::long_line}),
            "Subject: " + long_word + "\r\n " + long_word + " a\r\n\r\n");
  EXPECT_EQ(repaired("To: " + long_word + "@example.org," + long_word + "@example.org\r\n\r\n", {RepairRule::long_line}),
            "To: " + long_word + "@example.org,\r\n " + long_word + "@example.org\r\n\r\n");
  // No place to fold at that would not change the meaning.
  EXPECT_EQ(repaired("Message-ID: <" + long_word + long_word + ">\r\n\r\n", {RepairRule::long_line}), "nothing");
  EXPECT_EQ(repaired("To: \"" + long_word + "," + long_word + "\"<a@example.org>\r\n\r\n", {RepairRule::long_line}),
            "nothing");
}

TEST(RepairLongLine, AWordThatIsTooLongIsEncodedWhereItIsText) {
  const std::string result = repaired("Subject: " + std::string(1200, 'x') + "\r\n\r\n", {RepairRule::long_line});
  EXPECT_TRUE(result.starts_with("Subject: =?utf-8?Q?xxx")) << result;
  EXPECT_EQ(std::ranges::count(result, 'x'), 1200);
}

TEST(RepairLongLine, BodiesAreEncoded) {
  EXPECT_EQ(
      repaired("Subject: a\r\n\r\n" + std::string(1000, 'x') + "\r\n=-\t\r\n", {RepairRule::long_line}),
      "Subject: a\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
          [] {
            std::string lines;
            for (int i = 0; i < 13; ++i) lines += std::string(75, 'x') + "=\r\n";
            return lines + std::string(25, 'x');
          }() +
          "\r\n=3D-=09\r\n");
  const std::string data(999, '\xfe');
  const std::string result =
      repaired("MIME-Version: 1.0\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: 8bit (x)\r\n\r\n" + data,
               {RepairRule::long_line});
  EXPECT_TRUE(result.starts_with(
      "MIME-Version: 1.0\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n/v7+/v7+"))
      << result;
  EXPECT_TRUE(result.ends_with("/v7+\r\n"));
}

TEST(RepairLongLine, NoEncodedLineBecomesADelimiter) {
  const std::string head = "Content-Type: multipart/mixed; boundary=--\r\n\r\n----\r\n\r\n";
  const std::string result =
      repaired(head + std::string(75, 'x') + std::string(1000, '-') + "\r\n------\r\n", {RepairRule::long_line});
  EXPECT_TRUE(result.contains("xx=\r\n=2D-")) << result;
  EXPECT_FALSE(result.contains("\r\n----=")) << result;
  const std::string encoded = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  EXPECT_TRUE(repaired(encoded + std::string(74, 'x') + "--x" + std::string(999, 'x') + "\r\n", {RepairRule::long_line})
                  .contains("\r\n\r\n" + std::string(73, 'x') + "=\r\nx--x"));
}

TEST(RepairLongLine, EncodedBodiesAreBrokenAnew) {
  const std::string head = "Content-Transfer-Encoding: BASE64\r\n\r\n";
  EXPECT_EQ(
      repaired(head + std::string(1000, 'A') + "\r\n", {RepairRule::long_line}), head + [] {
        std::string lines;
        for (int i = 0; i < 13; ++i) lines += std::string(76, 'A') + "\r\n";
        return lines + std::string(12, 'A') + "\r\n";
      }());
  std::string quoted;
  for (int i = 0; i < 400; ++i) quoted += "=41";
  const std::string result =
      repaired("Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted + "\r\n", {RepairRule::long_line});
  EXPECT_FALSE(result.contains("=4=") || result.contains("==")) << result;
  EXPECT_TRUE(result.contains("=41=\r\n=41"));
}

TEST(RepairLongLine, WhatMayNotBeEncodedStays) {
  for (const char* type :
       {"Content-Type: message/partial", "Content-Transfer-Encoding: x-uuencode", "Content-Type: multipart/mixed",
        "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64"}) {
    EXPECT_EQ(repaired(std::string(type) + "\r\n\r\n" + std::string(1000, 'x') + "\r\n", {RepairRule::long_line}), "nothing")
        << type;
  }
}

TEST(RepairLongLine, LeavesWithinMessagesWithinPartsAreFound) {
  const std::string head =
      "Content-Type: multipart/digest; boundary=\"x y\"\r\n\r\n--x y\r\n\r\nContent-Type: text/html\r\n";
  const std::string result = repaired(head + "\r\n" + std::string(999, 'x') + "\r\n--x y--\r\n", {RepairRule::long_line});
  EXPECT_TRUE(result.starts_with(head + "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nxxx"))
      << result;
  EXPECT_TRUE(result.ends_with("x\r\n--x y--\r\n"));
}

TEST(RepairWrap, CarriesASoundMessageAsAMessage) {
  const auto original =
      "From: a@example.org\r\nTo: b@example.org\r\nSubject: s\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nb\xc3\xa4"sv;
  const auto result = repair(original, {RepairRule::wrap});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->bytes.starts_with(
      "From: a@example.org\r\nTo: b@example.org\r\nSubject: s\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"godwit-"));
  EXPECT_TRUE(result->bytes.contains(
      "\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\nContent-Disposition: attachment\r\n\r\n" +
      std::string(original) + "\r\n--godwit-"));
  EXPECT_TRUE(result->bytes.contains("The original is attached"));
  EXPECT_THAT(result->edits, testing::ElementsAre(Edit{0, std::string(original), result->bytes, {RepairRule::wrap}}));
}

TEST(RepairWrap, CarriesABrokenMessageAsBytes) {
  const auto original = "From: \xe4 <a@example.org>\nSubject: x\0y\r\rb"sv;
  const auto result = repair(original, {RepairRule::wrap});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->bytes.starts_with("From: =?windows-1252?Q?=E4?= <a@example.org>\r\nSubject: xy  b\r\nMIME-Version"))
      << result->bytes;
  EXPECT_TRUE(
      result->bytes.contains("filename=\"original.eml\"\r\n\r\nRnJvbTog5CA8YUBleGFtcGxlLm9yZz4KU3ViamVjdDogeAB5DQ1i\r\n--"));
  EXPECT_FALSE(find_hazards(result->bytes).any());
  EXPECT_TRUE(repaired("Subject: a\r\n\r\n" + std::string(999, 'x') + "\r\n", {RepairRule::wrap}).contains("original.eml"));
  EXPECT_TRUE(repaired("no field\r\nSubject: a\r\n\r\nx\r\n", {RepairRule::wrap}).contains("original.eml"));
  EXPECT_TRUE(
      repaired("", {RepairRule::wrap}).starts_with("From: \"Unknown sender\" <unknown@sender.invalid>\r\nMIME-Version"));
}

TEST(RepairWrap, IsTheLastResort) {
  EXPECT_EQ(repaired(with_head("b"), RepairRules::all()), with_head("b\r\n"));
  EXPECT_TRUE(repaired(with_head("b\r\n"), RepairRules::all()).contains("message/rfc822"));
}

TEST(Attempts, GoFromTheLeastChangeToTheMost) {
  const auto message = "Subject: \xe4\nFrom: a\n\nb\0"sv;
  EXPECT_THAT(attempts(message, RepairRules::all()),
              testing::ElementsAre(
                  RepairRules{RepairRule::final_newline}, RepairRules{RepairRule::nul},
                  RepairRules{RepairRule::bare_newline}, RepairRules{RepairRule::header_8bit},
                  RepairRules{RepairRule::final_newline, RepairRule::nul, RepairRule::bare_newline, RepairRule::header_8bit},
                  RepairRules{RepairRule::wrap}));
  EXPECT_THAT(attempts(message, {RepairRule::nul, RepairRule::long_line}),
              testing::ElementsAre(RepairRules{RepairRule::nul}));
  EXPECT_TRUE(attempts(message, {RepairRule::long_line}).empty());
  EXPECT_TRUE(attempts(message, {}).empty());
}

}  // namespace
}  // namespace godwit::mime
