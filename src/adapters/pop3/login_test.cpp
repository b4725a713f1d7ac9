// SPDX-License-Identifier: Apache-2.0
// Which ways to log in are taken, over a socket.
#include "adapters/pop3/login.h"

#include <gtest/gtest.h>

#include "base/error_code.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_peer.h"

namespace godwit::adapters {
namespace {

// What the server says to each line; it ends with the last one.
using Lines = std::vector<std::pair<std::string, std::string>>;

Result<> log_in_to(const Lines& lines, std::function<void(Pop3Settings&)> adjust = {}) {
  test::LoopbackServer server(test::peer_session(test::Transport::tcp, [&](test::Peer& peer) {
    for (const auto& [expected, answer] : lines) {
      const std::string line = expected.empty() ? "" : expected + "\r\n";
      if (peer.receive(line.size()) != line) return;
      peer.send(answer + "\r\n");
    }
    (void)peer.receive(1);
  }));
  Pop3Settings settings;
  settings.url = {false, "alice", "127.0.0.1", server.port()};
  settings.password = Secret("secret");
  settings.plain_ok = true;
  settings.connect_limit = settings.login_limit = std::chrono::seconds(20);
  if (adjust) adjust(settings);
  const auto talk = [&]() -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await log_in(settings));
    co_return Result<>{};
  };
  return test::run_task(talk());
}

std::string capabilities(std::string_view lines) { return "+OK\r\n" + std::string(lines) + "."; }

constexpr const char* plain_says = "AGFsaWNlAHNlY3JldA==";

TEST(Pop3Login, WhatSendsThePasswordItselfGoesFirst) {
  const std::string told = capabilities("SASL CRAM-MD5 PLAIN\r\nUSER\r\n");
  const auto done = log_in_to({{"", "+OK <1@x>"}, {"CAPA", told}, {"AUTH PLAIN", "+ "}, {plain_says, "+OK"}, {"CAPA", told}});
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Login, AWayThatIsNotUnderstoodIsFollowedByTheNext) {
  const std::string told = capabilities("SASL PLAIN\r\nUSER\r\n");
  const auto apop = log_in_to({{"", "+OK <1@x>"}, {"CAPA", told}, {"AUTH PLAIN", "-ERR"}, {"USER alice", "-ERR"},
                               {"APOP alice 37257aa37904a2ac86c6572e6528a18c", "+OK"}, {"CAPA", told}});
  EXPECT_TRUE(apop) << describe(apop.error());
  const auto user = log_in_to({{"", "+OK"}, {"CAPA", told}, {"AUTH PLAIN", "-ERR"}, {"USER alice", "+OK"}, {"PASS secret", "+OK"},
                               {"CAPA", told}});
  EXPECT_TRUE(user) << describe(user.error());
}

TEST(Pop3Login, OneRefusalOfThePasswordIsTheEnd) {
  const std::string told = capabilities("SASL PLAIN\r\nUSER\r\n");
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", told}, {"AUTH PLAIN", "+ "}, {plain_says, "-ERR secret is wrong"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, codes::login_refused.number);
  EXPECT_FALSE(describe(done.error()).contains("secret")) << describe(done.error());
  EXPECT_TRUE(describe(done.error()).contains("user alice"));
}

TEST(Pop3Login, ForSomebodyElse) {
  const auto for_bob = [](Pop3Settings& settings) { settings.authorization = "bob"; };
  const std::string told = capabilities("SASL PLAIN\r\nUSER\r\n");
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", told}, {"AUTH PLAIN", "+ "}, {"Ym9iAGFsaWNlAHNlY3JldA==", "+OK"}, {"CAPA", told}},
                              for_bob);
  EXPECT_TRUE(done) << describe(done.error());
  const auto none = log_in_to({{"", "+OK"}, {"CAPA", capabilities("USER\r\n")}}, for_bob);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, codes::login_unsupported.number);
}

TEST(Pop3Login, ADelayBetweenLoginsIsTold) {
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", capabilities("USER\r\nLOGIN-DELAY 900\r\n")}, {"USER alice", "+OK"},
                               {"PASS secret", "-ERR [LOGIN-DELAY] wait"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, codes::throttled.number);
  EXPECT_EQ(done.error().retry_after, std::chrono::seconds(900));
}

TEST(Pop3Login, WithoutStlsNothingIsSent) {
  const auto encrypted = [](Pop3Settings& settings) { settings.plain_ok = false; };
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", capabilities("USER\r\n")}}, encrypted);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, codes::starttls_not_offered.number);
  const auto refused = log_in_to({{"", "+OK"}, {"CAPA", "-ERR unknown command"}, {"STLS", "-ERR unknown command"}}, encrypted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, codes::starttls_not_offered.number);
}

TEST(Pop3Login, AWayThatWasChosenIsTheOnlyOne) {
  const std::string told = capabilities("SASL PLAIN\r\nUSER\r\n");
  const auto user = [](Pop3Settings& settings) { settings.mechanism = "USER"; };
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", told}, {"USER alice", "+OK"}, {"PASS secret", "+OK"}, {"CAPA", told}}, user);
  EXPECT_TRUE(done) << describe(done.error());
  const auto none = log_in_to({{"", "+OK"}, {"CAPA", told}}, [](Pop3Settings& settings) { settings.mechanism = "CRAM-MD5"; });
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, codes::login_unsupported.number);
}

}  // namespace
}  // namespace godwit::adapters
