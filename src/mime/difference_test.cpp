// SPDX-License-Identifier: Apache-2.0
#include "mime/difference.h"

#include <gtest/gtest.h>

namespace godwit::mime {
namespace {

using namespace std::literals;

TEST(Difference, IsDescribed) {
  EXPECT_EQ(describe_difference("same", "same"), "");
  EXPECT_EQ(describe_difference("", ""), "");
  EXPECT_EQ(describe_difference("a\0c"sv, "a\x80"
                                          "c"),
            "1 byte differs, the first at offset 1: 0x00 became 0x80");
  EXPECT_EQ(describe_difference("x\xe9yyz\xe9", "xXyyzX"), "2 bytes differ, the first at offset 1: 0xe9 became 0x58");
  EXPECT_EQ(describe_difference("ab\r\ncd\r\n", "ab\ncd\n"), "2 bytes shorter, differs from offset 2 on");
  EXPECT_EQ(describe_difference("ab", "abc"), "1 bytes longer, differs from offset 2 on");
  EXPECT_EQ(describe_difference("", "abc"), "3 bytes longer, differs from offset 0 on");
}

}  // namespace
}  // namespace godwit::mime
