// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/folder_names.h"

#include <gtest/gtest.h>

#include <random>

namespace godwit::adapters {
namespace {

using endpoint::FolderPath;
using Segments = std::vector<std::string>;

struct Case {
  FolderNames names;
  std::string_view name;
  Segments segments;
};

const FolderNames slash("", '/'), dot("", '.'), courier("INBOX.", '.'), own("Mail/", '/'), flat("", 0);

TEST(FolderNames, GoBothWays) {
  const std::vector<Case> cases{
      {slash, "INBOX", {"INBOX"}},
      {slash, "Work/2024/May", {"Work", "2024", "May"}},
      {slash, "a.b", {"a.b"}},
      {slash, "INBOX/Sub", {"INBOX", "Sub"}},
      {dot, "Work.2024", {"Work", "2024"}},
      {dot, "a/b", {"a/b"}},
      {courier, "INBOX", {"INBOX"}},
      {courier, "INBOX.Work.2024", {"Work", "2024"}},
      {courier, "INBOX.Entw\xc3\xbcrfe", {"Entw\xc3\xbcrfe"}},
      {own, "Mail/Work/x", {"Work", "x"}},
      {own, "INBOX", {"INBOX"}},
      {flat, "no/hierarchy.here", {"no/hierarchy.here"}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(one.names.path_of(one.name).segments, one.segments);
    EXPECT_EQ(one.names.name_of({one.segments}), one.name);
  }
}

TEST(FolderNames, InboxIsUpperCaseAtTheTopInAnySpelling) {
  EXPECT_EQ(slash.path_of("inbox").segments, (Segments{"INBOX"}));
  EXPECT_EQ(slash.path_of("Inbox/sub").segments, (Segments{"INBOX", "sub"}));
  EXPECT_EQ(slash.path_of("Work/inbox").segments, (Segments{"Work", "inbox"}));
  EXPECT_EQ(courier.path_of("inbox.Work").segments, (Segments{"Work"}));
}

TEST(FolderNames, OtherNamespacesKeepTheirNames) {
  EXPECT_EQ(own.path_of("Other/x").segments, (Segments{"Other", "x"}));
}

TEST(FolderNames, BelowAPrefixInboxHasNoChildrenOfItsOwn) {
  EXPECT_EQ(courier.name_of({{"INBOX", "Sub"}}), "INBOX.Sub");
  EXPECT_EQ(courier.name_of({{"Sub"}}), "INBOX.Sub");
  EXPECT_EQ(own.name_of({{"INBOX"}}), "INBOX");
}

TEST(FolderNames, ExchangesOwnRules) {
  const FolderNames exchange("", '/', FolderNames::Dialect::exchange), any("", '/');
  const std::vector<std::pair<endpoint::FolderPath, std::string>> cases{
      {{{"Files"}}, "Files_"}, {{{"FILES", "a"}}, "FILES_/a"}, {{{"a", "Files"}}, "a/Files"},
      {{{"a ", "b  "}}, "a_/b__"}, {{{" a"}}, " a"}, {{{" "}}, "_"}, {{{"INBOX"}}, "INBOX"}};
  for (const auto& [path, name] : cases) EXPECT_EQ(exchange.name_of(path), name);
  EXPECT_EQ(any.name_of({{"Files"}}), "Files");
  EXPECT_EQ(any.name_of({{"a "}}), "a ");
}

TEST(FolderNames, WhatCannotBeWrittenIsReplaced) {
  EXPECT_EQ(dot.name_of({{"v1.2", "a/b"}}), "v1_2.a/b");
  EXPECT_EQ(slash.name_of({{"a/b", "c"}}), "a_b/c");
  EXPECT_EQ(slash.name_of({{"a\r\n\x7f", "", "b"}}), "a___/_/b");
}

TEST(FolderNames, RandomNamesComeBackAsTheyWere) {
  std::mt19937 random(11);
  constexpr std::string_view alphabet = "abc XYZ_-&%*\"\\\xc3\xa4";
  for (int run = 0; run < 3000; ++run) {
    FolderPath path;
    for (std::size_t depth = 1 + random() % 4; path.segments.size() < depth;) {
      std::string segment;
      for (std::size_t size = 1 + random() % 8; segment.size() < size;) segment += alphabet[random() % alphabet.size()];
      path.segments.push_back(segment);
    }
    for (const FolderNames& names : {slash, dot, courier, own}) EXPECT_EQ(names.path_of(names.name_of(path)), path);
  }
}

}  // namespace
}  // namespace godwit::adapters
