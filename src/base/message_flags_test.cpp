// SPDX-License-Identifier: Apache-2.0
#include "base/message_flags.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

MessageFlags flags_of(const std::vector<std::string>& names) {
  MessageFlags flags;
  for (const std::string& name : names) flags.add(name);
  return flags;
}

TEST(MessageFlags, SystemFlagsAreBitsInAnyCase) {
  const MessageFlags flags = flags_of({"\\SEEN", "\\answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Seen"});
  EXPECT_EQ(flags.system, MessageFlags::seen | MessageFlags::answered | MessageFlags::flagged | MessageFlags::deleted |
                              MessageFlags::draft);
  EXPECT_TRUE(flags.keywords.empty());
  EXPECT_EQ(flags.to_string(), "\\Answered \\Flagged \\Deleted \\Seen \\Draft");
}

TEST(MessageFlags, RecentIsIgnoredAndUnknownBackslashFlagsAreKept) {
  const MessageFlags flags = flags_of({"\\Recent", "\\recent", "\\Important"});
  EXPECT_EQ(flags.system, 0);
  EXPECT_EQ(flags.keywords, std::vector<std::string>{"\\Important"});
}

TEST(MessageFlags, KeywordsAreSortedUniqueAndKeepTheirFirstSpelling) {
  const MessageFlags flags = flags_of({"work", "$Forwarded", "WORK", "apple", "Seen", "b"});
  EXPECT_EQ(flags.keywords, (std::vector<std::string>{"$Forwarded", "apple", "b", "Seen", "work"}));
  EXPECT_TRUE(flags.has_keyword("Work"));
  EXPECT_FALSE(flags.has_keyword("wor"));
  EXPECT_EQ(flags.system, 0) << "a keyword named Seen is not \\Seen";
}

TEST(MessageFlags, AreWrittenAsOnTheWire) {
  EXPECT_EQ(MessageFlags{}.to_string(), "");
  EXPECT_EQ(flags_of({"x", "\\Seen"}).to_string(), "\\Seen x");
}

TEST(MessageFlags, AreComparedWithoutRegardToCaseAndOrder) {
  EXPECT_EQ(flags_of({"\\Seen", "Work", "home"}), flags_of({"HOME", "work", "\\seen"}));
  EXPECT_NE(flags_of({"work"}), flags_of({"works"}));
  EXPECT_NE(flags_of({"work"}), flags_of({"work", "home"}));
  EXPECT_NE(flags_of({"\\Seen"}), flags_of({}));
  EXPECT_NE(flags_of({"\\Seen"}), flags_of({"\\Draft"}));
}

}  // namespace
}  // namespace godwit
