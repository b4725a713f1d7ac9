// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

TEST(Utf8, WellFormedSequencesAndNoOthers) {
  for (const char* good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "gr\u00fc\u00df \u65e5"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xfc",
                          "a\xfc"
                          "b",
                          "\xc2", "\xe2\x82",
                          "\xe2\x82"
                          "a",
                          "\xf0\x9f\x98"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, TellsLengthAndCodePoint) {
  char32_t code_point = 0;
  EXPECT_EQ(decode_utf8("\u20ac\u20ac", code_point), 3U);
  EXPECT_EQ(code_point, U'\u20ac');
  EXPECT_EQ(decode_utf8("\U0001f600", code_point), 4U);
  EXPECT_EQ(code_point, U'\U0001f600');
}

}  // namespace
}  // namespace godwit
