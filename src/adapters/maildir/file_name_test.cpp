// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/file_name.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

TEST(MaildirFileName, BaseAndLetters) {
  struct Case {
    const char *name, *base, *letters;
  };
  for (const Case& each :
       {Case{"1.M2P3.host,S=4,W=5:2,Sa", "1.M2P3.host,S=4,W=5", "Sa"}, Case{"1.host", "1.host", ""}, Case{"1.host:2,", "1.host", ""},
        Case{"1.host;2,TS", "1.host", "TS"}, Case{"1.host;3,TS", "1.host;3,TS", ""}, Case{"1.host:1,S", "1.host", ""},
        Case{"1.host:2,S:2,T", "1.host", "S:2,T"}, Case{":2,S", "", "S"}, Case{"", "", ""}}) {
    const MaildirFileName parsed = parse_maildir_name(each.name);
    EXPECT_EQ(parsed.base, each.base) << each.name;
    EXPECT_EQ(parsed.letters, each.letters) << each.name;
  }
}

TEST(MaildirFileName, LettersAreSortedAndOnce) {
  EXPECT_EQ(maildir_name("1.host", "aSFSa"), "1.host:2,FSa");
  EXPECT_EQ(maildir_name("1.host", ""), "1.host:2,");
}

TEST(MaildirFileName, WireSize) {
  EXPECT_EQ(wire_size_in("1.host,S=4,W=5"), 5U);
  EXPECT_EQ(wire_size_in("1.host,W=12,S=4"), 12U);
  for (const char* const name : {"1.host", "1.host,W=", "1.host,W=x", "1.host,W=99999999999999999999999", "1.host,S=3"}) {
    EXPECT_EQ(wire_size_in(name), 0U) << name;
  }
}

TEST(MaildirFileName, OrderOfDelivery) {
  EXPECT_TRUE(is_delivered_before("9.z", "10.a"));
  EXPECT_TRUE(is_delivered_before("10.a", "10.b"));
  EXPECT_FALSE(is_delivered_before("10.b", "10.b"));
  EXPECT_TRUE(is_delivered_before("no number", "1.a"));
}

TEST(MaildirFileName, FlagsThereAndBack) {
  MessageFlags flags;
  add_system_flags("DFRSTPxyz?", flags);
  EXPECT_EQ(flags.to_string(), "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded");
  EXPECT_EQ(system_letters(flags), "DFRST");
  MessageFlags none;
  add_system_flags("dfrst", none);
  EXPECT_EQ(none, MessageFlags{});
}

}  // namespace
}  // namespace godwit::adapters
