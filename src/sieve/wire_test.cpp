// SPDX-License-Identifier: Apache-2.0
#include "sieve/wire.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error_code.h"

namespace godwit::sieve {
namespace {

using Kind = Line::Kind;

struct Decoded {
  std::vector<Line> lines;
  std::string error;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

// Fed piece by piece; `cut` tells how long each is.
template <class Cut>
Decoded decode(std::string_view wire, Cut cut, WireLimits limits = {}) {
  LineDecoder decoder(limits);
  Decoded result;
  while (!wire.empty()) {
    std::string_view piece = wire.substr(0, cut());
    wire.remove_prefix(piece.size());
    while (!piece.empty()) {
      auto line = decoder.next(piece);
      if (!line) {
        result.error = describe(line.error());
        return result;
      }
      if (*line) result.lines.push_back(**std::move(line));
    }
  }
  return result;
}

// The same whole, byte by byte and cut at random.
Decoded decode_all_ways(std::string_view wire, WireLimits limits = {}) {
  const Decoded whole = decode(wire, [&] { return wire.size(); }, limits);
  EXPECT_EQ(decode(wire, [] { return std::size_t{1}; }, limits), whole) << wire;
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(decode(wire, [&] { return 1 + random() % 9; }, limits), whole) << wire;
  }
  return whole;
}

struct Case {
  std::string wire;
  std::vector<Line> lines;
};

TEST(SieveWire, LinesOfTheRfcAndOfServersThatStray) {
  const Case cases[] = {
      {"OK\r\n", {{.kind = Kind::ok}}},
      {"ok \"done\"\r\n", {{.kind = Kind::ok, .text = "done"}}},
      {"\"SIEVE\" \"fileinto vacation\"\r\n\"STARTTLS\"\r\n", {{.words = {"SIEVE", "fileinto vacation"}}, {.words = {"STARTTLS"}}}},
      {"IMPLEMENTATION \"Cyrus timsieved v2.1\"\r\n", {{.words = {"IMPLEMENTATION", "Cyrus timsieved v2.1"}}}},
      {"\"a\\\"b\\\\c\" ACTIVE\r\n", {{.words = {"a\"b\\c", "ACTIVE"}}}},
      {"{11}\r\nkeep;\r\nOK\r\n\r\nOK\r\n", {{.words = {"keep;\r\nOK\r\n"}}, {.kind = Kind::ok}}},
      {"{0}\r\n\r\nOK\r\n", {{.words = {""}}, {.kind = Kind::ok}}},
      {std::string("{3+}\r\n\0\xFF\"\r\n", 11), {{.words = {std::string("\0\xFF\"", 3)}}}},
      {"NO (QUOTA/MAXSIZE) \"too big\"\r\n", {{.kind = Kind::no, .code = {"QUOTA/MAXSIZE", {}}, .text = "too big"}}},
      {"OK (TAG {16}\r\nSTARTTLS-SYNC-42) \"DONE\"\r\n", {{.kind = Kind::ok, .code = {"TAG", {"STARTTLS-SYNC-42"}}, .text = "DONE"}}},
      {"BYE (referral \"sieve://b.example.com\") \"go\"\r\n",
       {{.kind = Kind::bye, .code = {"REFERRAL", {"sieve://b.example.com"}}, .text = "go"}}},
      {"NO (X (a \"b\") c) {4}\r\na\r\nb\r\n", {{.kind = Kind::no, .code = {"X", {"a", "b", "c"}}, .text = "a\r\nb"}}},
      {"NO \"say \\\"this\\\"\"\r\n", {{.kind = Kind::no, .text = "say \"this\""}}},
      // James: no quotes, quotes within, several lines.
      {"NO You can't enable (two) time \"SSL\"\r\nOK\r\n", {{.kind = Kind::no, .text = "You can't enable (two) time \"SSL\""}, {.kind = Kind::ok}}},
      {"NO \"met \"<EOF>\" at line 2.\nExpected:\n  \"keep\" ...\n\"\r\nOK\r\n",
       {{.kind = Kind::no, .text = "met \"<EOF>\" at line 2.\nExpected:\n  \"keep\" ...\n"}, {.kind = Kind::ok}}},
      {"NO \"a\"\" b\" \r\n", {{.kind = Kind::no, .text = "a\"\" b"}}},
      // Cyrus: names that it does not escape.
      {"\"q\"x\" ACTIVE\r\n\"q\\x\"\r\n", {{.words = {"q\"x", "ACTIVE"}}, {.words = {"q\\x"}}}},
      {"OK\n\"a\"\n", {{.kind = Kind::ok}, {.words = {"a"}}}},
      {"\r\n  \r\nOK \r\n", {{.kind = Kind::ok}}},
      {"\"OK\"\r\n", {{.words = {"OK"}}}},  // a script that is called so
      {"OKAY\r\n", {{.words = {"OKAY"}}}},
  };
  for (const Case& each : cases) {
    const Decoded decoded = decode_all_ways(each.wire);
    EXPECT_EQ(decoded.lines, each.lines) << each.wire;
    EXPECT_EQ(decoded.error, "") << each.wire;
  }
}

TEST(SieveWire, WhatCannotBeReadIsSaid) {
  const std::pair<std::string, std::string> cases[] = {
      {"\"a\r\nb\"\r\n", "a line ends within quotes"}, {"{}\r\n", "size of a literal"},       {"{1x}\r\n", "size of a literal"},
      {"{1++}\r\n", "size of a literal"},              {"{1}x", "behind the size"},          {"(a)\r\n", "parenthesis among data"},
      {"OK (a\r\n", "within parentheses"},             {"OK\rx", "CR without LF"},           {"OK ((((((((((((((((((a", "without end"},
  };
  for (const auto& [wire, text] : cases) {
    const std::string error = decode_all_ways(wire).error;
    EXPECT_TRUE(error.contains(text) && error.contains("GW-3402")) << wire << ": " << error;
  }
}

TEST(SieveWire, LimitsHold) {
  EXPECT_TRUE(decode_all_ways("\"" + std::string(100, 'a') + "\"\r\n", {.line = 50}).error.contains("more than 50 bytes"));
  EXPECT_TRUE(decode_all_ways("{11}\r\n", {.literal = 10}).error.contains("literal of more than 10 bytes"));
  EXPECT_TRUE(decode_all_ways("{6}\r\naaaaaa {6}\r\n", {.literal = 10}).error.contains("literal of more than 10 bytes"));
  EXPECT_TRUE(decode_all_ways("{99999999999999999999999}\r\n").error.contains("literal of more than"));
  EXPECT_EQ(decode_all_ways("{10}\r\naaaaaaaaaa\r\n{10}\r\naaaaaaaaaa\r\n", {.literal = 10}).lines.size(), 2U);
}

TEST(SieveWire, CapabilitiesAndScripts) {
  const auto plain = parse_capability({.words = {"StartTls"}});
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, (Capability{"STARTTLS", ""}));
  EXPECT_FALSE(parse_capability({.words = {"a", "b", "c"}}));
  EXPECT_FALSE(parse_capability({}));
  Capabilities capabilities;
  capabilities.add({"SASL", " PLAIN  scram-sha-1 "});
  EXPECT_EQ(capabilities.words("SASL"), (std::vector<std::string>{"PLAIN", "scram-sha-1"}));
  EXPECT_TRUE(capabilities.has_mechanism("SCRAM-SHA-1"));
  EXPECT_FALSE(capabilities.has_mechanism("SCRAM"));
  EXPECT_EQ(*parse_listed_script({.words = {"a", "active"}}), (ListedScript{"a", true}));
  EXPECT_EQ(*parse_listed_script({.words = {"a"}}), (ListedScript{"a", false}));
  EXPECT_FALSE(parse_listed_script({.words = {"a", "b"}}));
  EXPECT_FALSE(parse_listed_script({.words = {"a", "ACTIVE", "b"}}));
}

TEST(SieveWire, WhatIsWrittenIsReadAgain) {
  const std::string texts[] = {"", "plain", "with \"quotes\" and \\", "zwei\nZeilen", "ü", std::string("\0", 1), std::string(1025, 'a')};
  for (const std::string& text : texts) {
    std::string wire;
    append_string(wire, text);
    const auto decoded = decode_all_ways(wire + "\r\n");
    ASSERT_EQ(decoded.lines.size(), 1U) << wire;
    EXPECT_EQ(decoded.lines.front().words, std::vector<std::string>{text});
  }
  std::string quoted, literal;
  append_string(quoted, std::string(1024, 'a'));
  EXPECT_TRUE(quoted.starts_with('"'));
  append_string(literal, "a\rb");
  EXPECT_EQ(literal, "{3+}\r\na\rb");
  literal.clear();
  append_string(literal, "\u00E4");
  EXPECT_EQ(literal, "{2+}\r\n\u00E4");
}

}  // namespace
}  // namespace godwit::sieve
