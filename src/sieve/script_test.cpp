// SPDX-License-Identifier: Apache-2.0
#include "sieve/script.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error_code_filters.h"
#include "sieve/summary.h"

namespace godwit::sieve {
namespace {

using Kind = Argument::Kind;

std::string error_of(std::string_view text) {
  const auto parsed = parse_script(text);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, codes::filter_form.number);
  return parsed.error().what;
}

std::vector<Argument> arguments_of(std::string_view command) {
  const auto parsed = parse_script(command);
  EXPECT_TRUE(parsed) << command << ": " << (parsed ? "" : parsed.error().what);
  return parsed && !parsed->empty() ? parsed->front().arguments : std::vector<Argument>();
}

Argument string(std::string text) { return {.strings = {std::move(text)}}; }

TEST(SieveScript, Arguments) {
  EXPECT_EQ(arguments_of("x;"), std::vector<Argument>{});
  EXPECT_EQ(arguments_of("X :Copy 10k 1M 2G 0 \"a\";"),
            (std::vector<Argument>{{.kind = Kind::tag, .tag = "copy"}, {.kind = Kind::number, .number = 10'240},
                                   {.kind = Kind::number, .number = 1'048'576}, {.kind = Kind::number, .number = 2'147'483'648},
                                   {.kind = Kind::number, .number = 0}, string("a")}));
  EXPECT_EQ(arguments_of("x [\"a\", \"b\"] [\"c\"];"),
            (std::vector<Argument>{{.kind = Kind::list, .strings = {"a", "b"}}, {.kind = Kind::list, .strings = {"c"}}}));
  EXPECT_EQ(arguments_of(R"(x "q\"b\\c\d";)"), std::vector<Argument>{string("q\"b\\cd")});
  EXPECT_EQ(arguments_of("x \"two\r\nlines\";"), std::vector<Argument>{string("two\r\nlines")});
  EXPECT_EQ(arguments_of("x text: # why\r\nHello\r\n..dot\r\n.x\r\n.\r\n;"), std::vector<Argument>{string("Hello\r\n.dot\r\n.x\r\n")});
  EXPECT_EQ(arguments_of("x TEXT:\n.\n;"), std::vector<Argument>{string("")});
  EXPECT_EQ(arguments_of("\xEF\xBB\xBFx /* a ; */ \"b\" # c\n ;"), std::vector<Argument>{string("b")});
}

TEST(SieveScript, CommandsAndTestsInEachOther) {
  const auto parsed = parse_script(
      "require \"fileinto\";\n"
      "if anyof (not header :is \"A\" \"b\", size :over 1K)\n"
      "{ keep;\n  if true { stop; } }\nelse {}\n");
  ASSERT_TRUE(parsed) << parsed.error().what;
  ASSERT_EQ(parsed->size(), 3U);
  const Statement& condition = (*parsed)[1];
  EXPECT_EQ(condition.line, 2U);
  ASSERT_EQ(condition.tests.size(), 1U);
  const Statement& any = condition.tests.front();
  EXPECT_EQ(any.name, "anyof");
  ASSERT_EQ(any.tests.size(), 2U);
  EXPECT_EQ(any.tests[0].tests.front().name, "header");
  EXPECT_EQ(any.tests[0].tests.front().arguments.size(), 3U);
  EXPECT_EQ(any.tests[1].name, "size");
  ASSERT_EQ(condition.block.size(), 2U);
  EXPECT_EQ(condition.block[1].line, 4U);
  EXPECT_EQ(condition.block[1].block.front().name, "stop");
  EXPECT_TRUE((*parsed)[2].has_block);
  EXPECT_FALSE((*parsed)[0].has_block);
}

TEST(SieveScript, WhatCannotBeReadIsSaidWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"keep", "line 1, column 5: ; or a block is missing behind keep"},
      {"keep;\n  \"a\";", "line 2, column 3: a command is expected"},
      {"if true {\nkeep;", "line 2, column 6: the block of if in line 1 is not closed"},
      {"keep; }", "line 1, column 7: no block is open"},
      {"x [];", "line 1, column 4: a string is expected in the list"},
      {"x [\"a\" \"b\"];", "line 1, column 8: a comma or ]"},
      {"if anyof (true {}", "line 1, column 16: a comma or )"},
      {"if not () {}", "line 1, column 9: a name is expected"},
      {"\n\nx \"abc", "line 3, column 3: a string is not closed"},
      {"x text: y\n.\n;", "line 1, column 3: something stands behind text:"},
      {"x text:\na\n", "line 1, column 3: the text: is not ended"},
      {"/* a", "line 1, column 1: a comment is not closed"},
      {"x 99999999999999999999;", "line 1, column 3: the number is too large"},
      {"x 9999999999999G;", "line 1, column 3: the number is too large"},
      {"x :;", "line 1, column 3: no name follows the colon"},
      {"x $;", "line 1, column 3: $ stands where"},
      {"\x01", "line 1, column 1: \\x01 stands where"},
  };
  for (const auto& [text, error] : cases) EXPECT_TRUE(error_of(text).starts_with(error)) << text << ": " << error_of(text);
}

TEST(SieveScript, DepthIsBounded) {
  std::string blocks, tests;
  for (int i = 0; i < 100'000; ++i) blocks += "if true {";
  for (int i = 0; i < 100'000; ++i) tests += "not ";
  EXPECT_TRUE(error_of(blocks).contains("too deep"));
  EXPECT_TRUE(error_of("if " + tests).contains("too deep"));
  std::string allowed;
  for (int i = 0; i < 30; ++i) allowed += "if true {";
  EXPECT_EQ(error_of(allowed + std::string(30, '}')), "");
}

// Whatever stands in it, the reader ends, and says no place that is not there.
TEST(SieveScript, CutAndBrokenScriptsAreReadOrRefused) {
  const std::string script =
      "require [\"vacation\", \"copy\"];\nif anyof (header :is [\"a\"] \"b\", not true) { vacation :days 7 text:\nHello\n.\n; }\n"
      "else { redirect :copy \"a@example.com\"; /* x */ fileinto \"B\"; }\n";
  ASSERT_EQ(error_of(script), "");
  for (std::size_t size = 0; size < script.size(); ++size) (void)summarize(std::string_view(script).substr(0, size));
  std::mt19937 random(3);
  for (int round = 0; round < 3'000; ++round) {
    std::string broken = script;
    for (int i = 0; i < 3; ++i) broken[random() % broken.size()] = static_cast<char>(random());
    (void)summarize(broken);
  }
}

Summary summary_of(std::string_view text) {
  auto summary = summarize(text);
  EXPECT_TRUE(summary) << (summary ? "" : summary.error().what);
  return summary.value_or(Summary());
}

constexpr std::string_view rich = R"(require ["vacation", "copy", "fileinto", "mailbox", "variables", "include", "reject", "vnd.dovecot.pipe"];
if header :contains "subject" "x" {
  redirect :copy "bob@example.org";
  discard;
}
redirect "carol@example.org";
vacation :days 7 :addresses ["sales@example.com", "a@example.com"] :subject "Away" :handle "h" "I am away
 until Monday";
vacation :mime :seconds 60 text:
short
.
;
fileinto :create "Lists";
fileinto :flags "\\Seen" "Old ${year}";
include :personal :once "other";
include :global "spam";
reject "no";
pipe :copy "archive" ["-a"];
)";

TEST(SieveSummary, WhatPeopleWouldMiss) {
  const Summary summary = summary_of(rich);
  EXPECT_EQ(summary.needs.size(), 8U);
  EXPECT_EQ(summary.forwards, (std::vector<Forward>{{3, "bob@example.org", true}, {6, "carol@example.org", false}}));
  const std::vector<Vacation> vacations{
      {.line = 7, .addresses = {"sales@example.com", "a@example.com"}, .days = 7, .subject = "Away", .text = "I am away\n until Monday"},
      {.line = 9, .seconds = 60, .text = "short\n"}};
  EXPECT_EQ(summary.vacations, vacations);
  EXPECT_EQ(summary.refusals, (std::vector<Refusal>{{4, "discard", ""}, {17, "reject", "no"}}));
  EXPECT_EQ(summary.folders, (std::vector<FolderUse>{{13, "Lists", true, false}, {14, "Old ${year}", false, true}}));
  EXPECT_EQ(summary.includes, (std::vector<Include>{{15, "other", false, false}, {16, "spam", true, false}}));
  EXPECT_EQ(summary.programs, std::vector<std::string>{"pipe archive"});
}

TEST(SieveSummary, Sentences) {
  const auto sentences = sentences_of(summary_of(rich));
  ASSERT_EQ(sentences.size(), 11U);
  EXPECT_EQ(sentences[0], "line 7: answers for the account, sales@example.com, a@example.com, once in 7 days to each sender, subject \"Away\": "
                          "\"I am away until Monday\"");
  EXPECT_EQ(sentences[2], "line 3: forwards to bob@example.org, and keeps a copy");
  EXPECT_EQ(sentences[3], "line 6: forwards to carol@example.org");
  EXPECT_EQ(sentences[5], "line 17: rejects mail, telling the sender \"no\"");
  EXPECT_EQ(sentences[6], "line 13: files into Lists, made where it is missing");
  EXPECT_EQ(sentences[10], "runs a program of the server: pipe archive");
  const auto long_one = sentences_of(summary_of("vacation \"" + std::string(119, 'a') + "\u00FC and more\";"));
  EXPECT_EQ(long_one.front(), "line 1: answers for the account: \"" + std::string(119, 'a') + "…\"");
  EXPECT_TRUE(sentences_of(summary_of("redirect \"a\u202Eb\";")).front().contains("\\u{202e}"));
}

// A folder's name without the extension is as it stands there.
TEST(SieveSummary, VariablesCountWhereTheyAreRequired) {
  EXPECT_FALSE(summary_of("require \"fileinto\"; fileinto \"a${b}\";").folders.front().is_computed);
  EXPECT_TRUE(summary_of("require [\"fileinto\", \"variables\"]; fileinto \"a${b}\";").folders.front().is_computed);
}

TEST(SieveSummary, MissingExtensions) {
  const Summary summary = summary_of("require [\"fileinto\", \"comparator-i;octet\", \"comparator-i;ascii-numeric\", \"x\"]; keep;");
  const std::string announced[] = {"fileinto", "comparator-i;ascii-numeric"};
  EXPECT_EQ(missing_extensions(summary, announced), std::vector<std::string>{"x"});
  EXPECT_EQ(missing_extensions(summary, {}), (std::vector<std::string>{"comparator-i;ascii-numeric", "fileinto", "x"}));
}

TEST(SieveSummary, IncludedScriptsComeFirst) {
  const auto order = [](std::vector<NamedScript> scripts) { return order_by_includes(scripts); };
  const std::string_view none = "keep;", of_c = "require \"include\"; include \"c\";", of_b = "require \"include\"; include \"b\";";
  EXPECT_EQ(order({}), (std::vector<std::size_t>{}));
  EXPECT_EQ(order({{"a", of_b}, {"b", of_c}, {"c", none}}), (std::vector<std::size_t>{2, 1, 0}));
  EXPECT_EQ(order({{"a", none}, {"b", none}}), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(order({{"b", of_c}, {"c", of_b}}), (std::vector<std::size_t>{1, 0}));  // a circle
  EXPECT_EQ(order({{"a", "include :global \"c\";"}, {"c", none}}), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(order({{"a", "broken"}, {"b", of_c}}), (std::vector<std::size_t>{0, 1}));
}

}  // namespace
}  // namespace godwit::sieve
