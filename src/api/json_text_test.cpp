// SPDX-License-Identifier: Apache-2.0
#include "api/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::api {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(JsonText, ReadsWhatItWrites) {
  for (const json& value : {json(nullptr), json(true), json(-7), json(18446744073709551615U), json(1.5), json("B\u00fccher\n\"\\"),
                            json::array({1, json::array(), "[[[["}), json({{"a", {{"b", nullptr}}}, {"", "\\\"[{"}})}) {
    EXPECT_EQ(parse_json(to_text(value)), value) << value;
    EXPECT_EQ(to_text(value).find('\n'), std::string::npos);
  }
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", " ", "{", "[1,]", "{\"a\":1", "nul", "1 2", "\"\xff\"", "'a'", "{a:1}", "1e999", "]", "}}"}) {
    const Result<json> value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::usage) << text;
    EXPECT_THAT(value.error().what, HasSubstr("no JSON")) << text;
  }
  EXPECT_THAT(parse_json("{\n \"a\": x}").error().what, HasSubstr("line 2, column 7"));
  EXPECT_THAT(parse_json("\"\x1b[2J\"").error().what, testing::Not(HasSubstr("\x1b")));
}

TEST(JsonText, LimitsHowDeepItGoes) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(json_depth_limit)));
  for (const std::string& text : {nested(json_depth_limit + 1), nested(500'000), std::string(1'000'000, '['),
                                  std::string(1'000'000, '{')}) {
    const Result<json> value = parse_json(text);
    ASSERT_FALSE(value);
    EXPECT_THAT(value.error().what, HasSubstr("levels deep"));
  }
  EXPECT_TRUE(parse_json('"' + std::string(1000, '[') + '"')) << "brackets in a string are text";
  EXPECT_TRUE(parse_json("[\"\\\"" + std::string(1000, '[') + "\"]"));
  std::string wide = "[";
  for (int count = 0; count < 1000; ++count) wide += "[],";
  EXPECT_TRUE(parse_json(wide + "[]]"));
}

TEST(JsonText, BytesThatAreNoUtf8AreReplaced) { EXPECT_EQ(to_text("a\xff"), "\"a\xef\xbf\xbd\""); }

}  // namespace
}  // namespace godwit::api
