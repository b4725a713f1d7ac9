// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "base/text.h"
#include "plan/plan_file.h"

namespace godwit::plan {
namespace {

Plan read_back(const PlanAnswers& answers) {
  const std::string text = plan_text(answers);
  auto plan = parse_plan(text, "/plans/godwit.toml");
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error())) << '\n' << text;
  return plan.value_or(Plan{});
}

TEST(PlanTemplate, FewAnswersMakeAPlan) {
  const Plan plan = read_back({.name = "old to new", .source = {.host = "old.example.com"}, .target = {.host = "new.example.com"}});
  EXPECT_EQ(plan.name, "old to new");
  EXPECT_EQ(plan.ledger, "/plans/migration.ledger");
  ASSERT_EQ(plan.sources.size(), 1U);
  EXPECT_EQ(plan.sources[0].host, "old.example.com");
  EXPECT_EQ(plan.sources[0].port, 993);
  EXPECT_EQ(plan.sources[0].login.text(), "{user}");
  EXPECT_FALSE(plan.sources[0].password);
  ASSERT_EQ(plan.targets.size(), 1U);
  EXPECT_EQ(plan.targets[0].host, "new.example.com");
  EXPECT_EQ(plan.accounts.files, std::vector<std::filesystem::path>{"/plans/accounts.csv"});
  EXPECT_TRUE(plan.waves.empty());
}

TEST(PlanTemplate, EveryAnswerComesBack) {
  const std::string name = "\"Büro\" C:\\old\\new 日本 'x' # {y}";
  const std::string fingerprint(64, 'a');
  const Plan plan = read_back({.name = name,
                               .ledger = "state/a b.ledger",
                               .accounts_file = "people \\ 1.txt",
                               .source = {.host = "2001:db8::1", .port = 1143, .security = Security::starttls, .fingerprint = fingerprint,
                                          .login = "EXAMPLE\\{admin}\\{mailbox}", .admin_user = "adm\"in",
                                          .password = PasswordFrom{PasswordFrom::Kind::file, "old.password"}},
                               .target = {.host = "new.example.com", .security = Security::none, .login = "root", .authorization = "{user}",
                                          .password = PasswordFrom{PasswordFrom::Kind::environment, "NEW_PASSWORD"}}});
  EXPECT_EQ(plan.name, name);
  EXPECT_EQ(plan.ledger, "/plans/state/a b.ledger");
  EXPECT_EQ(plan.accounts.files, std::vector<std::filesystem::path>{"/plans/people \\ 1.txt"});
  ASSERT_EQ(plan.sources.size(), 1U);
  const Endpoint& source = plan.sources[0];
  EXPECT_EQ(source.host, "2001:db8::1");
  EXPECT_EQ(source.port, 1143);
  EXPECT_EQ(source.security, Security::starttls);
  EXPECT_EQ(source.trust.mode, Trust::Mode::fingerprint);
  EXPECT_EQ(source.trust.fingerprint, from_hex(fingerprint));
  EXPECT_EQ(source.login.text(), "EXAMPLE\\{admin}\\{mailbox}");
  EXPECT_EQ(source.admin_user, "adm\"in");
  EXPECT_EQ(source.password, (PasswordFrom{PasswordFrom::Kind::file, "/plans/old.password"}));
  ASSERT_EQ(plan.targets.size(), 1U);
  const Endpoint& target = plan.targets[0];
  EXPECT_EQ(target.port, 143);
  EXPECT_EQ(target.security, Security::none);
  EXPECT_EQ(target.authorization.text(), "{user}");
  EXPECT_EQ(target.password, (PasswordFrom{PasswordFrom::Kind::environment, "NEW_PASSWORD"}));
}

TEST(PlanTemplate, WavesAreWrittenWhereTheyAreNamed) {
  const std::string text = plan_text({.name = "x", .source = {.host = "old.example.com"}, .target = {.host = "new.example.com"},
                                      .pilot = "first \"few\"", .waves = {"night 1", "night 2"}});
  const auto plan = parse_plan(text, "godwit.toml");
  ASSERT_TRUE(plan) << describe(plan.error()) << '\n' << text;
  EXPECT_EQ(names_of(plan->waves), (std::vector<std::string>{"first \"few\"", "night 1", "night 2"}));
  EXPECT_TRUE(plan->waves[0].is_pilot);
  EXPECT_FALSE(plan->waves[1].is_pilot);
}

// Whoever takes a "# " away must get a plan that is right.
TEST(PlanTemplate, WhatIsCommentedOutIsRightAsWell) {
  std::string text = plan_text({.name = "x", .source = {.host = "old.example.com"}, .target = {.host = "new.example.com"}});
  text = std::regex_replace(text, std::regex("(^|\n)# fingerprint = \"…\""), "$1# fingerprint");
  text = std::regex_replace(text, std::regex(R"(\n# (\w+ = |\[|"))"), "\n$1");
  const auto plan = parse_plan(text, "godwit.toml");
  ASSERT_TRUE(plan) << describe(plan.error()) << '\n' << text;
  EXPECT_EQ(plan->waves.size(), 3U);
  EXPECT_EQ(plan->pre_stage->size_at_least, 5'000'000'000U);
  EXPECT_EQ(plan->sources[0].limits.connections, 20U);
  EXPECT_EQ(plan->targets[0].limits.windows.windows.size(), 2U);
  EXPECT_EQ(plan->targets[0].limits.windows.time_zone, "Europe/Berlin");
  EXPECT_EQ(plan->targets[0].names.canonical("INFO@example.com"), "office");
  EXPECT_EQ(plan->repairs, "all");
  EXPECT_EQ(plan->accounts.default_wave, "night 1");
}

}  // namespace
}  // namespace godwit::plan
