// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/portable_flags.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

std::string portable_of(std::initializer_list<std::string_view> names) {
  MessageFlags flags;
  for (const std::string_view name : names) flags.add(name);
  return portable(flags).to_string();
}

TEST(PortableFlags, SystemFlagsAndKeywordsStay) {
  EXPECT_EQ(portable_of({}), "");
  EXPECT_EQ(portable_of({"\\Seen", "\\Draft", "$Forwarded", "project-x", "NonJunk"}), "\\Seen \\Draft $Forwarded NonJunk project-x");
}

TEST(PortableFlags, WhatOnlyOneServerKnowsIsLeftThere) {
  for (const std::string_view name : {"\\Indexed", "\\ATTACHED", "\\X-HAS-ATTACH", "\\PRIORITY", "\\READRCPT", "\\UNSEEN", "a(b)", "a b",
                                      "", "caf\xc3\xa9", "\\", "x\"y", "50%", "a\r\nb", "]\x7F"}) {
    EXPECT_EQ(portable_of({"\\Flagged", name, "work"}), "\\Flagged work") << name;
  }
}

TEST(PortableFlags, WhatHasARegisteredNameGetsIt) {
  EXPECT_EQ(portable_of({"\\FORWARDED", "\\$NOTJUNK", "\\MDNSent"}), "$Forwarded $MDNSent $NotJunk");
  EXPECT_EQ(portable_of({"\\Forwarded", "$forwarded"}), "$forwarded") << "once";
}

}  // namespace
}  // namespace godwit::adapters
