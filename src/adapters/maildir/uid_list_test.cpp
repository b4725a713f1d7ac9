// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/uid_list.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

using Names = std::vector<std::pair<Uid, std::string>>;

TEST(MaildirUidList, Version3AsDovecotWritesIt) {
  const auto list = parse_uid_list("3 V1795398567 N1 Gbdef7c38a79b036bc67d000083ecc375\n1 :1.a,S=2,W=3\n2 G1f W5 :2.b\n5 :3.c:2,S\n");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->uid_validity, 1795398567U);
  EXPECT_EQ(list->uid_next, 6U);
  EXPECT_EQ(list->guid, "bdef7c38a79b036bc67d000083ecc375");
  EXPECT_EQ(list->names, (Names{{1, "1.a,S=2,W=3"}, {2, "2.b"}, {5, "3.c"}}));
  EXPECT_TRUE(list->takes_lines);
}

TEST(MaildirUidList, Version1AsCourierWritesIt) {
  const auto list = parse_uid_list("1 795398568 9\n1 1.a,S=18\n2 2.b\n");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->uid_validity, 795398568U);
  EXPECT_EQ(list->uid_next, 9U);
  EXPECT_EQ(list->names, (Names{{1, "1.a,S=18"}, {2, "2.b"}}));
  EXPECT_FALSE(list->takes_lines);
}

TEST(MaildirUidList, NoUidIsGivenTwice) {
  const auto list = parse_uid_list("3 V5 N20\n7 :b\n3 :a\n7 :c\n0 :zero\n4294967295 :last\n99999999999 :large\nx :word\n8 none\n9\n\n");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->names, (Names{{3, "a"}, {7, "b"}}));
  EXPECT_EQ(list->uid_next, 20U);
}

TEST(MaildirUidList, WhatIsNoList) {
  for (const char* const text : {"", "3 V5 N1", "3 V0 N1\n", "3 V5 N0\n", "3 Vx N1\n", "2 V5 N1\n", "hello\n", "\n", "3 \n"}) {
    EXPECT_FALSE(parse_uid_list(text)) << text;
  }
}

TEST(MaildirUidList, CutAnywhereItTellsOnlyWholeLines) {
  const std::string text = "3 V5 N4 Gab\n1 :one\n2 :two\n3 :three\n";
  const auto whole = parse_uid_list(text);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto list = parse_uid_list(std::string_view(text).substr(0, size));
    if (size < 12) {
      EXPECT_FALSE(list) << size;
      continue;
    }
    ASSERT_TRUE(list) << size;
    EXPECT_LE(list->names.size(), 2U);
    EXPECT_TRUE(std::equal(list->names.begin(), list->names.end(), whole->names.begin())) << size;
    EXPECT_EQ(list->takes_lines, text[size - 1] == '\n') << size;
  }
}

TEST(MaildirUidList, TextComesBack) {
  const MaildirUidList list{7, 12, "ab", {{1, "a"}, {11, "b,S=1"}}, true};
  const auto again = parse_uid_list(uid_list_text(list));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->names, list.names);
  EXPECT_EQ(again->uid_next, 12U);
  EXPECT_EQ(again->guid, "ab");
}

}  // namespace
}  // namespace godwit::adapters
