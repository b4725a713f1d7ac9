// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <utility>

namespace godwit {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_EQ(to_lower("INBOX@[`{ÄÖ"), "inbox@[`{ÄÖ");
  EXPECT_EQ(to_upper("inbox@[`{äö"), "INBOX@[`{äö");
  EXPECT_TRUE(equals_ignoring_case("InBoX", "inbox"));
  EXPECT_FALSE(equals_ignoring_case("inbox", "inbox2"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_TRUE(starts_with_ignoring_case("AUTH=PLAIN", "auth="));
  EXPECT_TRUE(starts_with_ignoring_case("x", ""));
  EXPECT_FALSE(starts_with_ignoring_case("AUT", "auth"));
}

TEST(Text, PrintableKeepsTextAndShowsTheRest) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> table{{
      {"plain text", "plain text"},
      {"Entwürfe 日本語 🐦", "Entwürfe 日本語 🐦"},
      {"\x1b[2J", "\\x1b[2J"},
      {"a\0b"sv, "a\\x00b"},
      {"\r\n\t", "\\x0d\\x0a\\x09"},
      {"\x7f", "\\x7f"},
      {"\xc2\x85", "\\u{0085}"},           // a C1 control character
      {"\xe2\x80\xae", "\\u{202e}"},       // right-to-left override
      {"\xe2\x81\xa6", "\\u{2066}"},       // isolate
      {"\xd8\x9c", "\\u{061c}"},           // Arabic letter mark
      {"\xe2\x81\xa0", "\\u{2060}"},       // word joiner
      {"\xf3\xa0\x81\x81", "\\u{e0041}"},  // a letter that nobody sees
      {"\xe2\x80\x8b", "\\u{200b}"},       // zero-width space
      {"\xef\xbb\xbf", "\\u{feff}"},       // byte order mark
      {"\xff", "\\xff"},
      {"\xc3", "\\xc3"},                   // cut short
      {"\xc0\xaf", "\\xc0\\xaf"},          // overlong
      {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},  // overlong
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond U+10FFFF
  }};
  for (const auto& [bytes, expected] : table) EXPECT_EQ(printable(bytes), expected);
}

TEST(Text, NumbersAreWholeAndInRange) {
  EXPECT_EQ(parse_number<std::uint32_t>("0"), 0U);
  EXPECT_EQ(parse_number<std::uint32_t>("4294967295"), std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_number<std::uint32_t>("007"), 7U);
  for (const char* junk : {"", "4294967296", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0"}) {
    EXPECT_EQ(parse_number<std::uint32_t>(junk), std::nullopt) << junk;
  }
}

TEST(Text, HexBothWays) {
  EXPECT_EQ(to_hex("\x00\x7f\xff\x1a"sv), "007fff1a");
  EXPECT_EQ(from_hex("00:7F:ff 1A"), "\x00\x7f\xff\x1a"s);
  EXPECT_EQ(from_hex(""), "");
  for (const char* junk : {"0", "0g", "abc", "--"}) EXPECT_EQ(from_hex(junk), std::nullopt) << junk;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(from_hex(to_hex(all)), all);
}

TEST(Text, Base64IsThatOfRfc4648) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> table{{  // §10
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xbf", "+/+/"},
  }};
  for (const auto& [bytes, expected] : table) {
    EXPECT_EQ(to_base64(bytes), expected);
    EXPECT_EQ(from_base64(expected), bytes);
  }
  for (const char* const bad : {"A", "AA", "AAA", "A===", "AA=A", "AB==", "AAB=", "A-AA", "AAAA\n", "====", "AA==AAAA"}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

TEST(Text, BytesAreReadable) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(12'897'484), "12.3 MiB");
  EXPECT_EQ(format_bytes(std::uint64_t{5} << 40U), "5.0 TiB");
  EXPECT_EQ(format_bytes(~std::uint64_t{0}), "16384.0 PiB");
}

TEST(Text, LargeNumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace godwit
