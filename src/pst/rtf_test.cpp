// SPDX-License-Identifier: Apache-2.0
#include "pst/rtf.h"

#include <gtest/gtest.h>

#include <random>

#include "pst/code_page.h"
#include "pst/folder_roles.h"

namespace godwit::pst {
namespace {

std::string text_of(std::string_view rtf) {
  const auto unwrapped = unwrap_rtf(rtf);
  return unwrapped ? unwrapped->text : "(none)";
}

TEST(PstRtf, HtmlIsTakenOut) {
  EXPECT_EQ(
      text_of("{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fcharset204 Cyr;}}{\\colortbl;}\\uc1 "
              "{\\*\\htmltag19 <html>}\\htmlrtf {\\b\\htmlrtf0 bold\\htmlrtf }\\htmlrtf0 {\\*\\htmltag84 &amp;}\\'fc\\u8364 ?\\f1 \\'e0"
              "{\\*\\mhtmltag1 no}{\\*\\other no}\\par\\tab{\\*\\htmltag27 </html>\\par }}"),
      "<html>bold&amp;ü€а\r\n\t</html>\r\n");
}

TEST(PstRtf, TextIsTakenOut) {
  const auto unwrapped = unwrap_rtf("{\\rtf1\\ansi\\fromtext\\uc2 a\\{b\\}\\\\\\line\\u-10179 ??\\u-8704 ??c\\lquote}");
  ASSERT_TRUE(unwrapped);
  EXPECT_FALSE(unwrapped->is_html);
  EXPECT_EQ(unwrapped->text, "a{b}\\\r\n😀c‘");
}

TEST(PstRtf, OtherRtfIsNot) {
  for (const char* rtf : {"", "{\\rtf1\\ansi a}", "text \\fromhtml1", "{\\rtf"}) EXPECT_EQ(text_of(rtf), "(none)") << rtf;
  EXPECT_EQ(text_of("{\\rtf1\\fromtext" + std::string(100'000, '{')), "(none)");
}

TEST(PstRtf, SurvivesAnyBytes) {
  std::mt19937 random(3);
  constexpr std::string_view letters = "{}\\'*u1-9f ahtmlrtf\xFF\n";
  for (int i = 0; i < 3000; ++i) {
    std::string rtf = "{\\rtf1\\fromhtml1";
    for (int k = 0; k < 100; ++k) rtf += letters[random() % letters.size()];
    EXPECT_LE(text_of(rtf).size(), rtf.size() * 8 + 1024);
  }
}

TEST(PstCodePage, BytesBecomeText) {
  EXPECT_EQ(to_utf8("\x93\xFA\x96\x7B", charset_of(932)), "日本");
  EXPECT_EQ(to_utf8("gr\xFC\xDF", charset_of(1252)), "grüß");
  EXPECT_EQ(to_utf8("\xE4", charset_of(28591)), "ä");
  EXPECT_EQ(to_utf8("a\xFF" "b", charset_of(65001)), "a\xEF\xBF\xBD" "b");
  EXPECT_EQ(to_utf8("a\xFF", charset_of(4711)), "a\xEF\xBF\xBD");
}

TEST(PstFolderRoles, NamesOfOutlookInItsLanguages) {
  EXPECT_EQ(role_of_name("INBOX"), FolderRole::inbox);
  EXPECT_EQ(role_of_name("Gelöschte Elemente"), FolderRole::trash);
  EXPECT_EQ(role_of_name("Éléments envoyés"), FolderRole::sent);
  EXPECT_EQ(role_of_name("下書き"), FolderRole::drafts);
  EXPECT_EQ(role_of_name("Junk E-Mail"), FolderRole::junk);
  EXPECT_EQ(role_of_name("Posteingang"), FolderRole::inbox);
  EXPECT_EQ(role_of_name("Inbox 2"), FolderRole::none);
}

}  // namespace
}  // namespace godwit::pst
