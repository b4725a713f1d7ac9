// SPDX-License-Identifier: Apache-2.0
// Keywords, subscriptions and names of folders.
#include <gtest/gtest.h>

#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/keywords.h"
#include "adapters/maildir/subscriptions.h"

namespace godwit::adapters {
namespace {

using endpoint::FolderPath;

TEST(MaildirKeywords, LettersOfAFolder) {
  const auto keywords = MaildirKeywords::parse("0 $Forwarded\n1 Work\nx y\n26 late\n3\n4 two words\n2 c");
  MessageFlags flags;
  keywords.add_keywords("Sabcdz", flags);
  EXPECT_EQ(flags.to_string(), "$Forwarded c Work");
  EXPECT_EQ(keywords.letter_of("WORK"), 'b');
  EXPECT_FALSE(keywords.letter_of("late"));
  EXPECT_EQ(keywords.text(), "0 $Forwarded\n1 Work\n2 c\n");
}

TEST(MaildirKeywords, TwentySixAndNoMore) {
  MaildirKeywords keywords = MaildirKeywords::parse("1 b\n");
  EXPECT_TRUE(keywords.learn("first"));
  EXPECT_EQ(keywords.letter_of("first"), 'a');
  for (int i = 0; i < 24; ++i) EXPECT_TRUE(keywords.learn("k" + std::to_string(i)));
  EXPECT_FALSE(keywords.learn("more"));
  EXPECT_TRUE(keywords.learn("K3"));
  EXPECT_EQ(keywords.letter_of("k23"), 'z');
  MaildirKeywords empty;
  for (const char* const keyword : {"", "two words", "line\nend", "tab\t"}) EXPECT_FALSE(empty.learn(keyword)) << keyword;
}

TEST(CourierKeywords, List) {
  const auto by_name = parse_courier_keywords("$Forwarded\nother\nprojectx\n\n1.a,S=18:0 2\n2.b:1\n3.c:9 x\n4.d\n");
  EXPECT_EQ(by_name.at("1.a,S=18").to_string(), "$Forwarded projectx");
  EXPECT_EQ(by_name.at("2.b").to_string(), "other");
  EXPECT_EQ(by_name.at("3.c").to_string(), "");
  EXPECT_FALSE(by_name.contains("4.d"));
}

TEST(MaildirSubscriptions, BothVersions) {
  const std::set<FolderPath> wanted{{{"INBOX"}}, {{"Archive", "2023"}}, {{"Entw\u00FCrfe"}}};
  EXPECT_EQ(parse_subscriptions("V\t2\n\nINBOX\nArchive\t2023\nEntw&APw-rfe\n"), wanted);
  EXPECT_EQ(parse_subscriptions("INBOX\nArchive.2023\nEntw&APw-rfe"), wanted);
  EXPECT_EQ(parse_courier_subscriptions("INBOX\nINBOX.Archive.2023\nINBOX.Entw&APw-rfe\n"), wanted);
}

TEST(MaildirSubscriptions, OneMore) {
  const FolderPath path{{"Archive", "\u00FC"}};
  EXPECT_EQ(with_subscription("", path), "V\t2\n\nArchive\t&APw-\n");
  EXPECT_EQ(with_subscription("INBOX", path), "INBOX\nArchive.&APw-\n");
  EXPECT_EQ(with_subscription("V\t2\n\nArchive\t&APw-\n", path), "V\t2\n\nArchive\t&APw-\n");
  EXPECT_EQ(without_subscription("V\t2\n\nArchive\t&APw-\nWork\n", path), "V\t2\n\nWork\n");
  EXPECT_EQ(without_subscription("INBOX\nArchive.&APw-\nArchive", path), "INBOX\nArchive\n");
  EXPECT_EQ(without_subscription("", path), "");
}

TEST(MaildirFolderName, ThereAndBack) {
  for (const FolderPath& path :
       {FolderPath{{"Work"}}, FolderPath{{"Archive", "2023", "Quarter 1"}}, FolderPath{{"\u65E5\u672C", "a & b"}}}) {
    EXPECT_EQ(path_of_maildir_folder(maildir_folder_name(path)), path);
  }
  EXPECT_EQ(maildir_folder_name({{"INBOX"}}), "INBOX");
  EXPECT_EQ(maildir_folder_name({{"INBOX", "Sub"}}), ".INBOX.Sub");
}

TEST(MaildirFolderName, HostileNamesStayInTheirPlace) {
  EXPECT_EQ(maildir_folder_name({{"../../etc"}}), ".______etc");
  EXPECT_EQ(maildir_folder_name({{"a.b", "", "c\n\x7F"}}), ".a_b._.c__");
  EXPECT_EQ(maildir_folder_name({{".."}}), ".__");
}

TEST(MaildirFolderName, LongNamesAreCutAndStayDifferent) {
  const std::string text(300, 'x');
  const std::string one = maildir_folder_name({{text + "1"}}), other = maildir_folder_name({{text + "2"}});
  EXPECT_LE(one.size(), 240U);
  EXPECT_NE(one, other);
  FolderPath deep;
  for (int i = 0; i < 100; ++i) deep.segments.push_back("part " + std::to_string(i));
  EXPECT_LE(maildir_folder_name(deep).size(), 240U);
  FolderPath wide;
  for (int i = 0; i < 5; ++i) wide.segments.emplace_back(std::string(40, 'a') + "\U0001F4EC\U0001F4EC\U0001F4EC");
  EXPECT_LE(maildir_folder_name(wide).size(), 240U);
}

TEST(MaildirFolderName, PartsThatAreNoUtf7) {
  EXPECT_EQ(decode_folder_name("Entw&APw-rfe"), "Entw\u00FCrfe");
  EXPECT_EQ(decode_folder_name("a & b"), "a & b");
  EXPECT_EQ(decode_folder_name("Entw\u00FCrfe"), "Entw\u00FCrfe");
  EXPECT_EQ(decode_folder_name("Entw\xFCrfe"), "Entw\u00FCrfe");
}

}  // namespace
}  // namespace godwit::adapters
