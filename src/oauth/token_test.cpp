// SPDX-License-Identifier: Apache-2.0
#include "oauth/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_code.h"

namespace godwit::oauth {
namespace {

using testing::HasSubstr;
using testing::Not;

http::Response answer(std::string body, int status = 200) { return {{.status = status, .headers = {}}, std::move(body)}; }

Token token_from(std::string body) {
  auto parsed = token_of(answer(std::move(body)));
  EXPECT_TRUE(parsed) << describe(parsed.error());
  return parsed ? std::move(*parsed) : Token{};
}
Error error_from(std::string body, int status = 200) {
  const auto parsed = token_of(answer(std::move(body), status));
  EXPECT_FALSE(parsed);
  return parsed ? Error{} : parsed.error();
}

TEST(TokenAnswer, Token) {
  const Token all =
      token_from(R"({"access_token":"a.b-c","token_type":"bearer","expires_in":3599,"refresh_token":"r","scope":"x","more":[1]})");
  EXPECT_EQ(all.access.reveal(), "a.b-c");
  EXPECT_EQ(all.lifetime, std::chrono::seconds(3599));
  EXPECT_EQ(all.refresh.reveal(), "r");
  const Token least = token_from(R"({"access_token":"a","token_type":"Bearer"})");
  EXPECT_FALSE(least.lifetime);
  EXPECT_TRUE(least.refresh.empty());
  EXPECT_EQ(token_from(R"({"access_token":"a","token_type":"Bearer","expires_in":"3600"})").lifetime, std::chrono::hours(1));
  EXPECT_EQ(token_from(R"({"access_token":"a","token_type":"Bearer","expires_in":18446744073709551615})").lifetime, std::chrono::days(365));
}

TEST(TokenAnswer, IsNone) {
  for (const char* body : {"", "{", "[]", "null", "<html>", R"({"access_token":"a"})", R"({"token_type":"Bearer"})",
                           R"({"access_token":"","token_type":"Bearer"})", R"({"access_token":1,"token_type":"Bearer"})",
                           R"({"access_token":"a\nb","token_type":"Bearer"})", "{\"access_token\":\"\xC3\xA4\",\"token_type\":\"Bearer\"}",
                           R"({"access_token":"a","token_type":"mac"})", R"({"access_token":"a","token_type":"Bearer","expires_in":-1})",
                           R"({"access_token":"a","token_type":"Bearer","expires_in":1.5})",
                           R"({"access_token":"a","token_type":"Bearer","expires_in":"soon"})",
                           R"({"access_token":"a","token_type":"Bearer","refresh_token":{}})", R"({"error":7})"}) {
    EXPECT_EQ(code_of(error_from(body)), codes::token_answer.number) << body;
  }
  EXPECT_EQ(code_of(error_from(R"({"access_token":"a","token_type":"Bearer"})", 302)), codes::token_answer.number);
}

TEST(TokenAnswer, EveryCutOfItIsNone) {
  const std::string whole = R"({"token_type":"Bearer","access_token":"secret-token","expires_in":1})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Error error = error_from(whole.substr(0, size));
    EXPECT_EQ(code_of(error), codes::token_answer.number) << size;
    EXPECT_THAT(describe(error), Not(HasSubstr("secret")));
  }
  EXPECT_EQ(token_from(whole).access.reveal(), "secret-token");
}

TEST(TokenAnswer, DeepNestingIsRefusedWithoutHarm) {
  EXPECT_EQ(code_of(error_from(std::string(200'000, '['))), codes::token_answer.number);
  std::string nested = R"({"a":)" + std::string(50'000, '[') + std::string(50'000, ']') + "}";
  EXPECT_EQ(code_of(error_from(std::move(nested))), codes::token_answer.number);
}

TEST(TokenRefusal, CodesAndAdvice) {
  struct Case {
    const char *error, *description;
    ErrorCode code;
    const char* advice;
  };
  for (const Case& each : {Case{"invalid_grant", "", codes::token_consent, "godwit login"},
                           Case{"invalid_client", "", codes::token_client, "secret or certificate"},
                           Case{"unauthorized_client", "", codes::token_client, "domain-wide delegation"},
                           Case{"invalid_scope", "", codes::token_client, "scope"},
                           Case{"access_denied", "", codes::token_consent, "refused"},
                           Case{"expired_token", "", codes::token_login_ended, "in time"},
                           Case{"temporarily_unavailable", "", codes::unavailable, "refuses"},
                           Case{"anything", "", codes::token_client, "refuses"},
                           Case{"invalid_client", "AADSTS7000222: x", codes::token_client, "has expired"},
                           Case{"invalid_client", "AADSTS7000215: x", codes::token_client, "not its id"},
                           Case{"invalid_client", "AADSTS70002150: x", codes::token_client, "does not accept"},
                           Case{"invalid_grant", "AADSTS65001: x", codes::token_consent, "admin consent"}}) {
    const Error error = error_of({each.error, each.description});
    EXPECT_EQ(code_of(error), each.code.number) << each.error << each.description;
    EXPECT_EQ(error.kind, each.code.kind);
    EXPECT_THAT(error.what, HasSubstr(each.advice));
    EXPECT_THAT(error.server_text, HasSubstr(each.error));
  }
}

TEST(TokenRefusal, StatusSaysMoreThanText) {
  http::Response busy = answer(R"({"error":"invalid_grant"})", 429);
  busy.head.retry_after = std::chrono::seconds(7);
  const auto refused = token_of(std::move(busy));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(7));
  EXPECT_EQ(error_from("<html>", 503).kind, ErrorKind::unavailable);
  EXPECT_EQ(error_from("<html>", 500).kind, ErrorKind::unavailable);
  EXPECT_EQ(error_from("<html>", 404).kind, ErrorKind::syntax);
  EXPECT_EQ(code_of(error_from(R"({"error":"invalid_grant"})", 400)), codes::token_consent.number);
  EXPECT_EQ(code_of(error_from(R"({"error":"invalid_grant"})", 200)), codes::token_consent.number) << "some answer so";
}

TEST(DeviceAnswer, Code) {
  const auto code = parse_device_answer(answer(
      R"({"device_code":"d","user_code":"AB-CD","verification_uri":"https://example.com/device","expires_in":900,"interval":3})"));
  ASSERT_TRUE(code);
  EXPECT_EQ(code->device_code.reveal(), "d");
  EXPECT_EQ(code->user_code, "AB-CD");
  EXPECT_EQ(code->verification_uri, "https://example.com/device");
  EXPECT_EQ(code->lifetime, std::chrono::minutes(15));
  EXPECT_EQ(code->interval, std::chrono::seconds(3));
  const auto older = parse_device_answer(answer(R"({"device_code":"d","user_code":"A","verification_url":"u","expires_in":9})"));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->interval, std::chrono::seconds(5));
  for (const char* body :
       {R"({"user_code":"A","verification_uri":"u","expires_in":9})", R"({"device_code":"d","user_code":"A","verification_uri":"u"})",
        R"({"device_code":"d","user_code":"A","expires_in":9})"}) {
    EXPECT_FALSE(parse_device_answer(answer(body))) << body;
  }
  EXPECT_EQ(code_of(parse_device_answer(answer(R"({"error":"unauthorized_client"})", 400)).error()), codes::token_client.number);
}

}  // namespace
}  // namespace godwit::oauth
