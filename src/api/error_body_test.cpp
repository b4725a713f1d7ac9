// SPDX-License-Identifier: Apache-2.0
#include "api/error_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "api/json_text.h"
#include "base/error_code.h"

namespace godwit::api {
namespace {

using nlohmann::json;

constexpr std::array all_kinds{ErrorKind::usage,    ErrorKind::auth,    ErrorKind::refused,     ErrorKind::not_understood,
                               ErrorKind::not_found, ErrorKind::exists,  ErrorKind::quota,       ErrorKind::too_big,
                               ErrorKind::unavailable, ErrorKind::syntax, ErrorKind::timeout,    ErrorKind::network,
                               ErrorKind::tls,      ErrorKind::canceled, ErrorKind::storage,     ErrorKind::bug};

TEST(ErrorBody, ComesBackTheSame) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const ErrorKind kind : all_kinds) {
    for (const std::string& text : {std::string(), std::string("Gr\u00fc\u00dfe \"\\\n"), std::string("a\0b", 3), every_byte}) {
      const Error error{kind, text, text, text};
      const Result<json> received = parse_json(to_text(body_of(error)));
      ASSERT_TRUE(received);
      EXPECT_EQ(error_of(*received), error) << name_of(kind);
    }
  }
}

TEST(ErrorBody, HasTheDocumentedForm) {
  const Error error{ErrorKind::quota, "the mailbox is full", "NO [OVERQUOTA]", "bob@example.com: INBOX"};
  EXPECT_EQ(body_of(error), json::parse(R"({"error":{"kind":"quota","what":"the mailbox is full","where":"bob@example.com: INBOX",
                                            "server_text":"NO [OVERQUOTA]","code":5000,"exit_status":1}})"));
  EXPECT_EQ(body_of({ErrorKind::auth, "w", {}, "Alt\xfc"}),
            json::parse(R"({"error":{"kind":"auth","what":"w","where_hex":"416c74fc","code":2000,"exit_status":3}})"));
}

TEST(ErrorBody, WhatIsNoErrorIsNone) {
  for (const char* text : {"null", "1", "[]", "{}", R"({"error":null})", R"({"error":"x"})", R"({"error":[]})", R"({"errors":{}})"}) {
    EXPECT_EQ(error_of(json::parse(text)), std::nullopt) << text;
  }
}

TEST(ErrorBody, OfAnotherVersionKeepsItsText) {
  const auto error = error_of(json::parse(R"({"error":{"kind":"eclipse","what":"dark","code":99,"new":[1]}})"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::bug);
  EXPECT_EQ(error->what, "dark (an error of kind \"eclipse\", which this version does not know)");
  for (const char* text : {R"({"error":{}})", R"({"error":{"kind":7,"what":{},"where_hex":"zz"}})"}) {
    EXPECT_EQ(error_of(json::parse(text)).value().kind, ErrorKind::bug) << text;
  }
}

TEST(ErrorBody, EveryKindHasItsStatus) {
  const std::map<int, std::vector<ErrorKind>> table{
      {400, {ErrorKind::usage}},
      {404, {ErrorKind::not_found}},
      {409, {ErrorKind::exists}},
      {500, {ErrorKind::storage, ErrorKind::bug}},
      {502, {ErrorKind::auth, ErrorKind::refused, ErrorKind::not_understood, ErrorKind::quota, ErrorKind::too_big, ErrorKind::syntax,
             ErrorKind::network, ErrorKind::tls}},
      {503, {ErrorKind::unavailable, ErrorKind::canceled}},
      {504, {ErrorKind::timeout}},
  };
  std::size_t count = 0;
  for (const auto& [status, kinds] : table) {
    for (const ErrorKind kind : kinds) EXPECT_EQ(http_status_of(kind), status) << name_of(kind);
    count += kinds.size();
  }
  EXPECT_EQ(count, all_kinds.size());
}

}  // namespace
}  // namespace godwit::api
