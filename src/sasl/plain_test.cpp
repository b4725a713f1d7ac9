// SPDX-License-Identifier: Apache-2.0
#include "sasl/plain.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace godwit::sasl {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(SaslPlain, IsTheMessageOfRfc4616) {
  const auto message = plain("", "tim", Secret("tanstaaftanstaaf"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->reveal(), "\0tim\0tanstaaftanstaaf"sv);
  EXPECT_EQ(to_base64(message->reveal()), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
}

TEST(SaslPlain, CarriesTheAuthorizationIdentity) {
  const auto message = plain("Ursel", "Kurt", Secret("xipj3plmq"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->reveal(), "Ursel\0Kurt\0xipj3plmq"sv);
}

TEST(SaslPlain, RefusesWhatItCannotSay) {
  const std::string with_nul = "a\0b"s;
  EXPECT_EQ(plain(with_nul, "user", Secret("password")).error().kind, ErrorKind::usage);
  EXPECT_EQ(plain("", with_nul, Secret("password")).error().kind, ErrorKind::usage);
  EXPECT_EQ(plain("", "user", Secret(with_nul)).error().kind, ErrorKind::usage);
  EXPECT_EQ(plain("", "", Secret("password")).error().kind, ErrorKind::usage);
  EXPECT_EQ(plain("", "user", Secret()).error().kind, ErrorKind::usage);
}

TEST(SaslPlain, AnErrorNeverShowsThePassword) {
  const auto refused = plain("", "user", Secret("hunter2\0"s));
  EXPECT_FALSE(describe(refused.error()).contains("hunter2"));
}

}  // namespace
}  // namespace godwit::sasl
