// SPDX-License-Identifier: Apache-2.0
#include "plan/problems.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::plan {
namespace {

TEST(Problems, OneIsAPlainError) {
  Problems problems;
  EXPECT_TRUE(problems.empty());
  problems.add({"a.toml", 3, 7}, "wrong");
  EXPECT_FALSE(problems.empty());
  EXPECT_EQ(problems.error(), (Error{ErrorKind::usage, "wrong", {}, "a.toml:3:7"}));
}

TEST(Problems, SeveralAreInTheOrderOfTheFiles) {
  Problems problems;
  problems.add({"b.csv", 12}, "five");
  problems.add({"b.csv", 2, 9}, "three");
  problems.add({"a.csv", 1}, "six");
  problems.add({"b.csv", 2, 1}, "one");
  problems.add({"b.csv", 2, 1}, "two");
  problems.add({"b.csv"}, "zero");
  EXPECT_EQ(describe(problems.error()),
            "6 errors:\nb.csv: zero\nb.csv:2:1: one\nb.csv:2:1: two\nb.csv:2:9: three\nb.csv:12: five\na.csv:1: six (GW-1000)");
}

TEST(Problems, TwentyAreTold) {
  Problems problems;
  for (std::size_t line = 1; line <= 25; ++line) problems.add({"a", line}, "x");
  const std::string text = problems.error().what;
  EXPECT_THAT(text, testing::StartsWith("25 errors:\na:1: x\n"));
  EXPECT_THAT(text, testing::EndsWith("\na:20: x\nand 5 more"));
}

TEST(Suggestion, IsTheNearestWord) {
  const std::vector<std::string> known{"host", "port", "password_file", "connections"};
  for (const auto& [word, nearest] : std::vector<std::pair<const char*, const char*>>{{"hots", "host"},
                                                                                      {"hst", "host"},
                                                                                      {"hosts", "host"},
                                                                                      {"Host", "host"},
                                                                                      {"prot", "port"},
                                                                                      {"password-file", "password_file"},
                                                                                      {"passwort_file", "password_file"},
                                                                                      {"conections", "connections"}}) {
    EXPECT_EQ(suggestion(word, known), fmt::format("; did you mean \"{}\"?", nearest)) << word;
  }
  for (const std::string& word : {std::string("x"), std::string("limits"), std::string(10000, 'h'), std::string()}) {
    EXPECT_EQ(suggestion(word, known), "; known are: host, port, password_file, connections") << word;
  }
  EXPECT_EQ(suggestion("host", {}), "");
}

}  // namespace
}  // namespace godwit::plan
