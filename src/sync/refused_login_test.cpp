// SPDX-License-Identifier: Apache-2.0
#include "sync/refused_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_code.h"

namespace godwit::sync {
namespace {

TEST(RefusedLogin, APasswordThatHasWorkedIsToldAsThat) {
  ledger::RoundRecord round;
  round.began = InternalDate{1'700'000'000, 0};
  const Error wrong = make_error(codes::login_refused, "the login was refused", "[AUTHENTICATIONFAILED] no", "source");
  EXPECT_EQ(remembering(wrong, {}), wrong) << "there was no round";
  EXPECT_EQ(remembering(wrong, round), wrong) << "it did not come to its end";
  round.ended = InternalDate{1'700'003'600, 0};
  const Error told = remembering(wrong, round);
  EXPECT_EQ(told.code, codes::login_worked_before.number);
  EXPECT_EQ(told.kind, ErrorKind::auth);
  EXPECT_EQ(told.where, "source");
  EXPECT_EQ(told.server_text, wrong.server_text);
  EXPECT_THAT(told.what, testing::HasSubstr("worked until 2023-11-14T23:13:20+00:00; the password was changed since"));
  const Error locked = make_error(codes::login_locked, "locked");
  EXPECT_EQ(remembering(locked, round), locked) << "the server says why";
}

TEST(RefusedLogin, NotConnectedInTheMiddlePasses) {
  EXPECT_TRUE(means_too_many_sessions(make_error(codes::login_not_connected, "x")));
  EXPECT_FALSE(means_too_many_sessions(make_error(codes::login_refused, "x")));
}

}  // namespace
}  // namespace godwit::sync
