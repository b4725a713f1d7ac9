// SPDX-License-Identifier: Apache-2.0
#include "sync/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace godwit::sync {
namespace {

using endpoint::FolderPath;

FolderPath path(std::string_view text) { return parse_folder(text).value(); }
bool matches(std::string_view pattern, std::string_view folder) {
  return FolderPattern::parse(pattern).value().matches(path(folder));
}
Rules rules(const RuleTexts& texts) {
  auto parsed = parse_rules(texts);
  EXPECT_TRUE(parsed) << (parsed ? "" : describe(parsed.error()));
  return parsed.value_or(Rules{});
}
std::string error_of(const RuleTexts& texts) {
  const auto parsed = parse_rules(texts);
  EXPECT_FALSE(parsed);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  return describe(parsed.error());
}
MessageFlags flags(std::string_view flag) {
  MessageFlags result;
  result.add(flag);
  return result;
}

TEST(FolderPattern, AStarStaysInItsLevel) {
  EXPECT_TRUE(matches("Projects/*", "Projects/2024"));
  EXPECT_FALSE(matches("Projects/*", "Projects/2024/May"));
  EXPECT_FALSE(matches("Projects/*", "Projects"));
  EXPECT_TRUE(matches("*", "Projects"));
  EXPECT_FALSE(matches("*", "Projects/2024"));
  EXPECT_TRUE(matches("*/2024", "Projects/2024"));
  EXPECT_TRUE(matches("Pro*s/2*4", "Projects/2024"));
  EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(matches("Lists*", "Lists"));
}

TEST(FolderPattern, TwoStarsCrossLevels) {
  EXPECT_TRUE(matches("Lists/**", "Lists"));
  EXPECT_TRUE(matches("Lists/**", "Lists/a/b/c"));
  EXPECT_FALSE(matches("Lists/**", "Listsomething"));
  EXPECT_TRUE(matches("**", "INBOX"));
  EXPECT_TRUE(matches("**", "a/b"));
  EXPECT_TRUE(matches("**/Drafts", "Drafts"));
  EXPECT_TRUE(matches("**/Drafts", "x/y/Drafts"));
  EXPECT_FALSE(matches("**/Drafts", "x/Drafts/y"));
  EXPECT_TRUE(matches("a/**/z", "a/z"));
  EXPECT_TRUE(matches("a/**/z", "a/b/c/z"));
  EXPECT_FALSE(matches("a/**/z", "a/b/c"));
  EXPECT_TRUE(matches("a/*/**", "a/b"));
  EXPECT_FALSE(matches("a/*/**", "a"));
}

TEST(FolderPattern, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(matches("Entw?rfe", "Entwürfe"));
  EXPECT_TRUE(matches("?", "日"));
  EXPECT_FALSE(matches("?", "ab"));
  EXPECT_FALSE(matches("a?", "a"));
  EXPECT_TRUE(matches("*?", "日本"));
}

TEST(FolderPattern, CaseCountsExceptForInbox) {
  EXPECT_FALSE(matches("sent", "Sent"));
  EXPECT_TRUE(matches("inbox", "INBOX"));
  EXPECT_TRUE(matches("InBox/*", "INBOX/a"));
  EXPECT_FALSE(matches("a/inbox", "a/INBOX"));
}

TEST(FolderPattern, EscapesAndBracketsAreNames) {
  EXPECT_TRUE(matches("[Gmail]/*", "[Gmail]/All"));
  EXPECT_FALSE(matches("[Gmail]", "G"));
  EXPECT_TRUE(matches(R"(a\*)", R"(a\*)"));
  EXPECT_FALSE(matches(R"(a\*)", "ab"));
  EXPECT_TRUE(matches(R"(a\/b)", R"(a\/b)"));
  EXPECT_FALSE(matches(R"(a\/b)", "a/b"));
  const FolderPath odd{{R"(a/b)", R"(\*?=)", "INBOX"}};
  EXPECT_EQ(path(write_folder(odd)), odd);
}

TEST(FolderPattern, ManyStarsTakeNoTime) {
  std::string pattern, name(200, 'a');
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches(pattern + "b", name));
  std::string deep = "**", folder = "a";
  for (int i = 0; i < 60; ++i) deep += "/**", folder += "/a";
  EXPECT_FALSE(matches(deep + "/b", folder));
}

TEST(Rules, WithoutAnyEverythingGoesWhereItWas) {
  const Rules none = rules({});
  EXPECT_TRUE(none.takes(path("INBOX")));
  EXPECT_EQ(none.target_path(path("a/b")), path("a/b"));
  EXPECT_EQ(none.takes(flags("\\Deleted"), std::nullopt, 1ULL << 60), Verdict::taken);
  EXPECT_FALSE(none.looks_at_dates());
  EXPECT_FALSE(none.looks_at_sizes());
  EXPECT_EQ(none.order, MessageOrder::ascending_uid);
}

TEST(Rules, ExcludeGoesBeforeInclude) {
  const Rules some = rules({.include = {"INBOX", "Work/**"}, .exclude = {"Work/Old/**", "**/Junk"}});
  EXPECT_TRUE(some.takes(path("INBOX")));
  EXPECT_TRUE(some.takes(path("Work")));
  EXPECT_TRUE(some.takes(path("Work/New/x")));
  EXPECT_FALSE(some.takes(path("Work/Old")));
  EXPECT_FALSE(some.takes(path("Work/Old/x")));
  EXPECT_FALSE(some.takes(path("Work/Junk")));
  EXPECT_TRUE(some.takes(path("Work/Junk/below")));
  EXPECT_FALSE(some.takes(path("Home")));
  EXPECT_FALSE(some.takes(path("INBOX/a")));
  EXPECT_TRUE(rules({.exclude = {"Junk"}}).takes(path("Home")));
}

TEST(Rules, RenamesTakeTheFolderOrTheSubtree) {
  const Rules some =
      rules({.renames = {"Sent Items=Sent", "Old/**=Archive/2023/**", "Old/x/**=X/**", "Old/x/y=Y", "inbox=Mail"}});
  const auto target = [&](std::string_view source) { return some.target_path(path(source)).display(); };
  EXPECT_EQ(target("Sent Items"), "Sent");
  EXPECT_EQ(target("Sent Items/a"), "Sent Items/a");
  EXPECT_EQ(target("Old"), "Archive/2023");
  EXPECT_EQ(target("Old/a/b"), "Archive/2023/a/b");
  EXPECT_EQ(target("Older"), "Older");
  EXPECT_EQ(target("Old/x"), "X");
  EXPECT_EQ(target("Old/x/z"), "X/z");
  EXPECT_EQ(target("Old/x/y"), "Y");
  EXPECT_EQ(target("Old/x/y/z"), "X/y/z");
  EXPECT_EQ(target("INBOX"), "Mail");
}

TEST(Rules, AFoldersOwnRenameGoesBeforeItsSubtrees) {
  for (const std::vector<std::string>& renames : {std::vector<std::string>{"A=B", "A/**=C/**"}, {"A/**=C/**", "A=B"}}) {
    const Rules some = rules({.renames = renames});
    EXPECT_EQ(some.target_path(path("A")), path("B"));
    EXPECT_EQ(some.target_path(path("A/x")), path("C/x"));
  }
}

TEST(Rules, EverythingGoesBelowAFolderAfterTheRenames) {
  const Rules some = rules({.renames = {"Sent Items=Sent"}, .below = "Old mail/2024"});
  EXPECT_EQ(some.target_path(path("INBOX")).display(), "Old mail/2024/INBOX");
  EXPECT_EQ(some.target_path(path("Sent Items")).display(), "Old mail/2024/Sent");
}

TEST(Rules, SinceIsInclusiveUntilIsNot) {
  const Rules some = rules({.since = "2024-01-01", .until = "2025-01-01"});
  const auto verdict = [&](std::string_view date) { return some.takes(MessageFlags(), InternalDate::parse(date), 1); };
  EXPECT_EQ(verdict("31-Dec-2023 23:59:59 +0000"), Verdict::too_old);
  EXPECT_EQ(verdict(" 1-Jan-2024 00:00:00 +0000"), Verdict::taken);
  EXPECT_EQ(verdict("31-Dec-2024 23:59:59 +0000"), Verdict::taken);
  EXPECT_EQ(verdict(" 1-Jan-2025 00:00:00 +0000"), Verdict::too_new);
  // The instant counts, not the day that is written.
  EXPECT_EQ(verdict(" 1-Jan-2024 00:30:00 +0100"), Verdict::too_old);
  EXPECT_EQ(verdict("31-Dec-2023 23:30:00 -0100"), Verdict::taken);
  EXPECT_EQ(verdict("nonsense"), Verdict::taken);
  EXPECT_TRUE(some.looks_at_dates());
}

TEST(Rules, DatesMayHaveTimesAndZones) {
  using namespace std::chrono;
  const auto since = [](const char* text) { return rules({.since = text}).since.value(); };
  const auto midnight = sys_days(2024y / January / 31);
  EXPECT_EQ(since("2024-01-31"), midnight);
  EXPECT_EQ(since("2024-01-31Z"), midnight);
  EXPECT_EQ(since("2024-01-31+02:00"), midnight - 2h);
  EXPECT_EQ(since("2024-01-31-0530"), midnight + 5h + 30min);
  EXPECT_EQ(since("2024-01-31T18:30"), midnight + 18h + 30min);
  EXPECT_EQ(since("2024-01-31 18:30:05+01:00"), midnight + 17h + 30min + 5s);
  for (const char* wrong :
       {"31.1.2024", "2024-02-30", "2024-1-31", "2024-01-31T", "2024-01-31T25:00", "2024-01-31+2", "2024-01-31x"}) {
    EXPECT_THAT(error_of({.until = wrong}),
                testing::HasSubstr("until \"" + std::string(wrong) + "\": this is no date; write 2024-01-31"));
  }
  EXPECT_THAT(error_of({.since = "2024-01-01", .until = "2024-01-01"}), testing::HasSubstr("no message could be moved"));
}

TEST(Rules, LargerThanTheLimitIsLeftOut) {
  const Rules some = rules({.size_limit = "25MiB"});
  EXPECT_TRUE(some.looks_at_sizes());
  EXPECT_EQ(some.takes(MessageFlags(), std::nullopt, 26214400), Verdict::taken);
  EXPECT_EQ(some.takes(MessageFlags(), std::nullopt, 26214401), Verdict::too_large);
  EXPECT_EQ(rules({.size_limit = "35651584"}).size_limit, 35651584U);
  EXPECT_EQ(rules({.size_limit = "25 mb"}).size_limit, 25000000U);
  EXPECT_EQ(rules({.size_limit = "4kB"}).size_limit, 4000U);
  for (const char* wrong : {"25M", "big", "-1", "1.5MB", "MB"}) {
    EXPECT_THAT(error_of({.size_limit = wrong}), testing::HasSubstr("this is no size; write 26214400, 25MB"));
  }
  EXPECT_THAT(error_of({.size_limit = "99999999999999GiB"}), testing::HasSubstr("too large"));
  EXPECT_THAT(error_of({.size_limit = "0"}), testing::HasSubstr("leave the limit out"));
}

TEST(Rules, DeletedIsToldFirst) {
  const Rules some = rules({.since = "2024-01-01", .size_limit = "1kB", .skip_deleted = true});
  EXPECT_EQ(some.takes(flags("\\Deleted"), InternalDate::parse("17-Jul-1996 02:44:25 -0700"), 5000), Verdict::deleted);
  EXPECT_EQ(some.takes(flags("\\Seen"), InternalDate::parse("17-Jul-1996 02:44:25 -0700"), 5000), Verdict::too_old);
  EXPECT_EQ(some.takes(flags("\\Seen"), InternalDate::parse("17-Jul-2025 02:44:25 -0700"), 5000), Verdict::too_large);
}

TEST(Rules, WhatIsLeftOutIsCounted) {
  LeftOut left_out;
  EXPECT_EQ(left_out.describe(), "");
  left_out.add(Verdict::taken);
  for (int i = 0; i < 3; ++i) left_out.add(Verdict::deleted);
  left_out.add(Verdict::too_large);
  EXPECT_EQ(left_out.total(), 4U);
  EXPECT_EQ(left_out.count(Verdict::deleted), 3U);
  EXPECT_EQ(left_out.describe(), "3 marked \\Deleted, 1 larger than the limit");
}

TEST(Rules, InboxGoesFirst) {
  std::vector<FolderPath> folders{path("Zoo"), path("INBOX/b"), path("A"), path("INBOX"), path("A/INBOX"), path("0")};
  std::ranges::sort(folders, goes_before);
  EXPECT_THAT(folders,
              testing::ElementsAre(path("INBOX"), path("INBOX/b"), path("0"), path("A"), path("A/INBOX"), path("Zoo")));
}

TEST(Rules, OrderIsUidUnlessOrdered) {
  EXPECT_EQ(rules({.order = "uid"}).order, MessageOrder::ascending_uid);
  EXPECT_EQ(rules({.order = "newest-first"}).order, MessageOrder::newest_first);
  EXPECT_THAT(error_of({.order = "newest"}),
              testing::HasSubstr("order \"newest\": there is no such order; write uid or newest-first"));
}

TEST(Rules, ErrorsSayWhichRuleAndWhatInstead) {
  EXPECT_THAT(error_of({.include = {"INBOX", "Lists**"}}),
              testing::HasSubstr("include \"Lists**\": ** stands alone between slashes"));
  EXPECT_THAT(error_of({.exclude = {"a//b"}}), testing::HasSubstr("exclude \"a//b\": a level is empty"));
  EXPECT_THAT(error_of({.exclude = {""}}), testing::HasSubstr("a folder name is missing"));
  EXPECT_THAT(error_of({.exclude = {"/a"}}), testing::HasSubstr("a level is empty"));
  EXPECT_THAT(error_of({.exclude = {"a/"}}), testing::HasSubstr("a level is empty"));
  EXPECT_THAT(error_of({.exclude = {"a\\"}}), testing::HasSubstr("write \\\\ for a backslash"));
  EXPECT_THAT(error_of({.renames = {"a"}}), testing::HasSubstr("write OLD=NEW"));
  EXPECT_THAT(error_of({.renames = {"a=b=c"}}), testing::HasSubstr("write OLD=NEW"));
  EXPECT_THAT(error_of({.renames = {"a="}}), testing::HasSubstr("rename \"a=\": a folder name is missing"));
  EXPECT_THAT(error_of({.renames = {"a/**=b"}}), testing::HasSubstr("write \"a/**=b/**\""));
  EXPECT_THAT(error_of({.renames = {"a/*=b"}}), testing::HasSubstr("write \\* for a * in a name"));
  EXPECT_THAT(error_of({.renames = {"a=b", "a=c"}}), testing::HasSubstr("rename \"a=c\": this folder has another new name"));
  EXPECT_THAT(error_of({.below = "a/**"}), testing::HasSubstr("below \"a/**\": wildcards are not understood here"));
  EXPECT_EQ(rules({.renames = {"a\\=b=c"}}).target_path(path("a=b")), path("c"));
}

PlacedFolder placed(const std::string& account, std::string_view source, std::string_view target) {
  return {account, path(source), path(target)};
}

TEST(Collisions, AreFoundWithinAndAcrossAccounts) {
  const std::vector folders{placed("a", "Sent", "Sent"), placed("a", "Sent Items", "Sent"), placed("a", "x", "x"),
                            placed("b", "x", "X"),       placed("b", "y", "Y/z"),           placed("c", "y", "Y/z")};
  EXPECT_THAT(find_collisions(folders, CaseRule::exact),
              testing::ElementsAre(std::vector{folders[0], folders[1]}, std::vector{folders[4], folders[5]}));
  EXPECT_THAT(find_collisions(folders, CaseRule::ignored),
              testing::UnorderedElementsAre(std::vector{folders[0], folders[1]}, std::vector{folders[2], folders[3]},
                                            std::vector{folders[4], folders[5]}));
  EXPECT_TRUE(find_collisions({}, CaseRule::ignored).empty());
}

TEST(Collisions, CaseIsIgnoredInOtherScriptsToo) {
  const auto collide = [](std::string_view left, std::string_view right) {
    return !find_collisions(std::vector{placed("a", left, left), placed("a", right, right)}, CaseRule::ignored).empty();
  };
  EXPECT_TRUE(collide("Entwürfe", "ENTWÜRFE"));
  EXPECT_TRUE(collide("Черновики", "ЧЕРНОВИКИ"));
  EXPECT_TRUE(collide("ΑΒΓ", "αβγ"));
  EXPECT_TRUE(collide("Łódź", "łÓDŹ"));
  EXPECT_FALSE(collide("×", "÷"));
  EXPECT_FALSE(collide("日", "本"));
  EXPECT_FALSE(collide("a/b", "a\\/b"));
}

}  // namespace
}  // namespace godwit::sync
