// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/plan_file.h"

namespace godwit::plan {
namespace {

using testing::HasSubstr;

Result<Plan> parse(const std::string& lines) {
  return parse_plan(
      fmt::format("[plan]\nname = \"p\"\nledger = \"l\"\n[accounts]\nfiles = \"a.csv\"\n[target]\nhost = \"new.example.com\"\n"
                  "[source]\nhost = \"old.example.com\"\n{}\n",
                  lines),
      "/plans/godwit.toml");
}
TokenFrom token_of(const std::string& lines) {
  const auto plan = parse(lines);
  EXPECT_TRUE(plan) << lines << describe(plan.error());
  if (!plan || !plan->sources[0].token) return {};
  EXPECT_FALSE(plan->sources[0].password);
  return *plan->sources[0].token;
}
std::string fault(const std::string& lines) {
  const auto plan = parse(lines);
  EXPECT_FALSE(plan) << lines;
  return plan ? std::string() : describe(plan.error());
}

TEST(PlanTokens, None) { EXPECT_FALSE(parse("")->sources[0].token); }

TEST(PlanTokens, FromElsewhere) {
  const TokenFrom file = token_of("token_file = \"tokens/{user}\"");
  EXPECT_EQ(file.kind, TokenFrom::Kind::file);
  EXPECT_EQ(file.file.text(), "/plans/tokens/{user}");
  const TokenFrom command = token_of("token_command = [\"/bin/token\", \"--user={user}\"]");
  EXPECT_EQ(command.kind, TokenFrom::Kind::command);
  ASSERT_EQ(command.command.size(), 2U);
  EXPECT_EQ(command.command[1].text(), "--user={user}");
}

TEST(PlanTokens, Grants) {
  const OAuth tenant = token_of("oauth = \"microsoft\"\ntenant = \"example.com\"\nclient_id = \"a\"\nclient_secret_file = \"s\"").oauth;
  EXPECT_EQ(tenant.grant, Grant::client_credentials);
  EXPECT_EQ(tenant.client_secret_file, "/plans/s");
  EXPECT_EQ(token_of("oauth = \"microsoft\"\ntenant = \"t\"\nclient_id = \"a\"\ncertificate_file = \"c\"\nkey_file = \"k\"").oauth.grant,
            Grant::client_credentials);
  EXPECT_EQ(token_of("oauth = \"microsoft\"\ntenant = \"t\"\nclient_id = \"a\"").oauth.grant, Grant::refresh_token);
  EXPECT_EQ(token_of("oauth = \"microsoft\"\ntenant = \"t\"\nclient_id = \"a\"\nclient_secret_file = \"s\"\ngrant = \"refresh_token\"")
                .oauth.grant,
            Grant::refresh_token);
  EXPECT_EQ(token_of("oauth = \"google\"\nkey_file = \"k.json\"").oauth.grant, Grant::jwt_bearer);
  EXPECT_EQ(token_of("oauth = \"google\"\nclient_id = \"a\"\nclient_secret_file = \"s\"").oauth.grant, Grant::refresh_token);
  const OAuth custom =
      token_of(
          "oauth = \"custom\"\ngrant = \"client_credentials\"\nclient_id = \"a\"\ntoken_url = \"https://t.example.com/x\"\n"
          "scope = \"mail\"\ntoken_ca_file = \"ca.pem\"")
          .oauth;
  EXPECT_EQ(custom.token_url, "https://t.example.com/x");
  EXPECT_EQ(custom.scope, "mail");
  EXPECT_EQ(custom.authorities_file, "/plans/ca.pem");
}

TEST(PlanTokens, Faults) {
  const std::string microsoft = "oauth = \"microsoft\"\ntenant = \"t\"\nclient_id = \"a\"\n";
  const std::string custom = "oauth = \"custom\"\ngrant = \"client_credentials\"\nclient_id = \"a\"\n";
  EXPECT_THAT(fault("oauth = \"mikrosoft\""), HasSubstr("did you mean \"microsoft\""));
  EXPECT_THAT(fault("oauth = \"microsoft\"\nclient_id = \"a\""), HasSubstr("tenant is missing"));
  EXPECT_THAT(fault("oauth = \"microsoft\"\ntenant = \"t\""), HasSubstr("client_id is missing"));
  EXPECT_THAT(fault("oauth = \"microsoft\"\ntenant = \"a/b\"\nclient_id = \"a\""), HasSubstr("tenant"));
  EXPECT_THAT(fault("oauth = \"google\"\ntenant = \"t\"\nkey_file = \"k\""), HasSubstr("only Microsoft has tenants"));
  EXPECT_THAT(fault("oauth = \"google\"\nkey_file = \"k\"\nclient_id = \"a\""), HasSubstr("the key file says who asks"));
  EXPECT_THAT(fault("oauth = \"google\"\ngrant = \"jwt_bearer\""), HasSubstr("key_file is missing"));
  EXPECT_THAT(fault(microsoft + "key_file = \"k\"\ngrant = \"client_credentials\""), HasSubstr("belong together"));
  EXPECT_THAT(fault(microsoft + "certificate_file = \"c\""), HasSubstr("belong together"));
  EXPECT_THAT(fault(microsoft + "certificate_file = \"c\"\nkey_file = \"k\"\nclient_secret_file = \"s\""), HasSubstr("keep one of"));
  EXPECT_THAT(fault(microsoft + "client_secret = \"s\""), HasSubstr("never stands in the plan"));
  EXPECT_THAT(fault(microsoft + "password_file = \"p\""), HasSubstr("need no password"));
  EXPECT_THAT(fault(microsoft + "grant = \"password\""), HasSubstr("known are"));
  EXPECT_THAT(fault(custom), HasSubstr("token_url is missing"));
  EXPECT_THAT(fault("oauth = \"custom\"\nclient_id = \"a\"\ntoken_url = \"https://t\""), HasSubstr("grant is missing"));
  EXPECT_THAT(fault("oauth = \"custom\"\ngrant = \"refresh_token\"\nclient_id = \"a\"\ntoken_url = \"https://t\""),
              HasSubstr("authorize_url is missing"));
  for (const char* url : {"http://t.example.com/", "ftp://t", "t.example.com", "https://", "https://user@t.example.com/", "https://t/#x",
                          "http://localhost.example.com:1/"}) {
    EXPECT_THAT(fault(custom + "token_url = \"" + url + "\""), HasSubstr("token_url")) << url;
  }
  EXPECT_TRUE(parse(custom + "token_url = \"http://127.0.0.1:8080/token\""));
  EXPECT_THAT(fault("token_command = \"token\""), HasSubstr("whole path"));
  EXPECT_THAT(fault("token_command = [\"/bin/x\", \"{usr}\"]"), HasSubstr("no placeholder {usr}"));
  EXPECT_THAT(fault("token_command = \"/bin/x\"\ntoken_file = \"t\""), HasSubstr("one place"));
  EXPECT_THAT(fault("tenant = \"t\""), HasSubstr("tenant")) << "without oauth nobody asks for it";
}

}  // namespace
}  // namespace godwit::plan
