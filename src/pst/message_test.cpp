// SPDX-License-Identifier: Apache-2.0
#include "pst/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pst/header_fields.h"
#include "pst/message_text.h"

namespace godwit::pst {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

MailParts plain() {
  MailParts parts;
  parts.from = {"Smith, Alice", "alice@example.com"};
  parts.to = {{"Bob \"the\" Builder", "bob@example.org"}, {"Sales", ""}};
  parts.subject = "Hello";
  parts.sent = 1316462230;
  parts.message_id = "<1@example.com>";
  parts.text = Body{"Hi,\nthere = here \nFrom me\n", "utf-8"};
  return parts;
}

TEST(PstMessage, IsMadeOfItsProperties) {
  EXPECT_EQ(build_message(plain(), 0x2147C4),
            "From: \"Smith, Alice\" <alice@example.com>\r\nDate: Mon, 19 Sep 2011 19:57:10 +0000\r\nSubject: Hello\r\n"
            "To: \"Bob \\\"the\\\" Builder\" <bob@example.org>,\r\n \"Sales\":;\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            "Hi,\r\nthere =3D here=20\r\n=46rom me\r\n");
}

TEST(PstMessage, KeepsTheHeaderFromTheNetworkButForTheBodysForm) {
  MailParts parts = plain();
  parts.header =
      "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\n\tby b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n "
      "boundary=x\r\n"
      "from: carol@example.net\r\nX-Own: 1\r\n\r\nBody: no\r\n";
  const std::string message = build_message(parts, 1);
  EXPECT_THAT(message, StartsWith("Received: from a\r\n\tby b\r\nfrom: carol@example.net\r\nX-Own: 1\r\nDate: "));
  EXPECT_THAT(message, Not(HasSubstr("boundary=x")));
  EXPECT_THAT(message, Not(HasSubstr("alice@example.com")));
  EXPECT_THAT(message, Not(HasSubstr("Body: no")));
}

TEST(PstMessage, PartsLieInEachOtherAndAreTheSameEveryTime) {
  MailParts inner = plain();
  inner.attachments.push_back({"a.txt", "text/plain", "", "x", nullptr});
  MailParts parts = plain();
  parts.html = Body{"<img src=\"cid:pic@1\">", "utf-8"};
  parts.attachments.push_back({"pic.png", "image/png", "pic@1", std::string("\x89P", 2), nullptr});
  parts.attachments.push_back({"Übersicht.pdf", "no type", "", "pdf", nullptr});
  parts.attachments.push_back({"", "", "", "", std::make_shared<const MailParts>(inner)});
  const std::string message = build_message(parts, 7);
  EXPECT_EQ(message, build_message(parts, 7));
  std::size_t at = 0;
  for (const char* text : {"multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
                           "Content-ID: <pic@1>", "application/octet-stream;\r\n name*=UTF-8''%C3%9Cbersicht.pdf", "message/rfc822",
                           "multipart/mixed", "text/plain; charset", "eA==\r\n"}) {
    at = message.find(text, at);
    ASSERT_NE(at, std::string::npos) << text;
    at += 1;
  }
}

TEST(PstMessage, ASignedOneKeepsItsBytes) {
  MailParts parts = plain();
  parts.message_class = "IPM.Note.SMIME.MultipartSigned";
  parts.attachments.push_back(
      {"smime.p7m", "multipart/signed", "", "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n =\r\n--b--\r\n", nullptr});
  const std::string message = build_message(parts, 1);
  EXPECT_THAT(message, testing::EndsWith("MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n =\r\n--b--\r\n"));
}

TEST(PstMessage, RtfThatWrapsNothingIsAttached) {
  MailParts parts = plain();
  parts.rtf = "{\\rtf1\\ansi bold}";
  EXPECT_THAT(build_message(parts, 1), HasSubstr("filename=\"body.rtf\""));
  parts.rtf = "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}a{\\*\\htmltag72 </p>}}";
  EXPECT_THAT(build_message(parts, 1), testing::AllOf(HasSubstr("text/html"), HasSubstr("<p>a</p>"), Not(HasSubstr("body.rtf"))));
}

TEST(PstMessage, HeadersCannotBeForged) {
  MailParts parts = plain();
  parts.subject = "a\r\nBcc: eve@example.com";
  parts.from = {"x\r\ny", "eve@example.com>\r\nX: <a@b"};
  parts.attachments.push_back({"a\"\r\nX: y", "text/html\r\nX: y", "c>\r\nX: y", "", nullptr});
  const std::string message = build_message(parts, 1);
  EXPECT_THAT(message, Not(HasSubstr("\nBcc")));
  EXPECT_THAT(message, Not(HasSubstr("\nX:")));
}

TEST(PstMessage, TooDeepMessagesAreLeftOutAndSayIt) {
  auto parts = std::make_shared<MailParts>(plain());
  for (int i = 0; i < 100; ++i) {
    auto outer = std::make_shared<MailParts>(plain());
    outer->attachments.push_back({"", "", "", "", parts});
    parts = outer;
  }
  EXPECT_THAT(build_message(*parts, 1), HasSubstr("were left out here"));
}

TEST(PstMessageText, LongWordsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "ü€";
  const std::string field = text_field("Subject", text);
  for (std::size_t at = 0; at < field.size();) {
    const std::size_t end = field.find("\r\n", at);
    EXPECT_LE(end - at, 78U);
    at = end + 2;
  }
  EXPECT_THAT(field, StartsWith("Subject: =?UTF-8?B?"));
  EXPECT_EQ(text_field("Subject", ""), "Subject:\r\n");
}

TEST(PstMessageText, QuotedPrintableLinesAreShort) {
  const std::string encoded = quoted_printable(std::string(200, 'a') + "\r" + ".x\n\xC3\xBC\t\n");
  EXPECT_EQ(encoded, std::string(75, 'a') + "=\r\n" + std::string(75, 'a') + "=\r\n" + std::string(50, 'a') + "\r\n=2Ex\r\n=C3=BC=09\r\n");
}

}  // namespace
}  // namespace godwit::pst
