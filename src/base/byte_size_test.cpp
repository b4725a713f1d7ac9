// SPDX-License-Identifier: Apache-2.0
#include "base/byte_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit {
namespace {

TEST(ByteSize, UnitsAreOfTenAndOfTwo) {
  const std::vector<std::pair<std::string_view, std::uint64_t>> table{
      {"0", 0},          {"26214400", 26214400}, {"7B", 7},           {"4kB", 4'000},      {"25 mb", 25'000'000},
      {"2GB", 2'000'000'000}, {"1KiB", 1024},    {"25MiB", 26214400}, {"3gib", 3221225472}, {"18446744073709551615", ~0ULL}};
  for (const auto& [text, bytes] : table) EXPECT_EQ(parse_byte_size(text), bytes) << text;
}

TEST(ByteSize, ErrorsSayWhatToWrite) {
  for (const char* wrong : {"", "25M", "big", "-1", "1.5MB", "MB", "1  MB", " 1", "18446744073709551616"}) {
    const auto size = parse_byte_size(wrong);
    ASSERT_FALSE(size) << wrong;
    EXPECT_THAT(size.error().what, testing::HasSubstr("this is no size; write 26214400, 25MB")) << wrong;
  }
  EXPECT_EQ(parse_byte_size("18446744073GiB").error().what, "this size is too large");
}

}  // namespace
}  // namespace godwit
