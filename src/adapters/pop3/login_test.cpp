// SPDX-License-Identifier: Apache-2.0
// Which ways to log in are taken, over a socket.
#include "adapters/pop3/login.h"

#include <gtest/gtest.h>

#include <atomic>

#include "adapters/pop3/turn.h"
#include "base/error_code.h"
#include "base/text.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_peer.h"

namespace godwit::adapters {
namespace {

// What the server says to each line; it ends with the last one.
using Lines = std::vector<std::pair<std::string, std::string>>;

// One connection after the other.
Result<> log_in_to_each(const std::vector<Lines>& connections, std::function<void(Pop3Settings&)> adjust = {}) {
  std::atomic<std::size_t> connected = 0;
  test::LoopbackServer server(test::peer_session(test::Transport::tcp, [&](test::Peer& peer) {
    for (const auto& [expected, answer] : connections.at(connected++)) {
      const std::string line = expected.empty() ? "" : expected + "\r\n";
      if (peer.receive(line.size()) != line) return;
      peer.send(answer + "\r\n");
    }
    (void)peer.receive(1);
  }), connections.size());
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
  auto done = test::run_task(talk());
  EXPECT_EQ(connected, connections.size());
  return done;
}

Result<> log_in_to(const Lines& lines, std::function<void(Pop3Settings&)> adjust = {}) {
  return log_in_to_each({lines}, std::move(adjust));
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

TEST(Pop3Login, OnesOwnCertificateSaysWhoseMaildropItIs) {
  const std::string told = capabilities("SASL EXTERNAL\r\n");
  const auto external = [](Pop3Settings& settings) { settings.mechanism = "EXTERNAL"; };
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", told}, {"AUTH EXTERNAL", "+ "}, {"YWxpY2U=", "+OK"}, {"CAPA", told}}, external);
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Login, WhatTiesALoginToTlsNeedsTls) {
  const auto plus = [](Pop3Settings& settings) { settings.mechanism = "SCRAM-SHA-256-PLUS"; };
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", capabilities("SASL PLAIN SCRAM-SHA-256-PLUS\r\nUSER\r\n")}}, plus);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, codes::login_unsupported.number);
  EXPECT_TRUE(describe(done.error()).contains("it offers PLAIN, SCRAM-SHA-256-PLUS, USER")) << describe(done.error());
}

// Gives "first", and "second" once that was refused.
TokenSupply two_tokens() {
  return [](Secret refused) -> Task<Result<Secret>> { co_return Secret(refused.empty() ? "first" : "second"); };
}

std::string xoauth2_says(std::string_view token) { return to_base64("user=alice\x01" "auth=Bearer " + std::string(token) + "\x01\x01"); }

TEST(Pop3Login, ATokenThatIsRefusedIsFollowedByAnotherOnce) {
  const auto with_token = [](Pop3Settings& settings) { settings.token = two_tokens(); };
  const std::string told = capabilities("SASL PLAIN XOAUTH2\r\nUSER\r\n");
  const Lines refused{{"", "+OK"}, {"CAPA", told}, {"AUTH XOAUTH2", "+ "}, {xoauth2_says("first"), "-ERR [AUTH] expired: first"}};
  const Lines taken{{"", "+OK"}, {"CAPA", told}, {"AUTH XOAUTH2", "+ "}, {xoauth2_says("second"), "+OK"}, {"CAPA", told}};
  const auto done = log_in_to_each({refused, taken}, with_token);
  EXPECT_TRUE(done) << describe(done.error());
  const Lines again{{"", "+OK"}, {"CAPA", told}, {"AUTH XOAUTH2", "+ "}, {xoauth2_says("second"), "-ERR [AUTH] no second"}};
  const auto twice = log_in_to_each({refused, again}, with_token);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, codes::login_refused.number);
  EXPECT_FALSE(describe(twice.error()).contains("no second")) << "the token would be in the report";
}

TEST(Pop3Login, ATokenIsNeverSentAsAPassword) {
  const auto with_token = [](Pop3Settings& settings) { settings.token = two_tokens(); };
  const auto done = log_in_to({{"", "+OK"}, {"CAPA", capabilities("SASL PLAIN\r\nUSER\r\n")}}, with_token);
  ASSERT_FALSE(done);
  EXPECT_TRUE(describe(done.error()).contains("takes no access token")) << describe(done.error());
}

TEST(Pop3Login, ARefusedAdministratorIsNotTriedForEverybody) {
  const auto guard = std::make_shared<LoginGuard>();
  const std::string told = capabilities("SASL PLAIN\r\n");
  const Lines refused{{"", "+OK"}, {"CAPA", told}, {"AUTH PLAIN", "+ "}, {"Ym9iAGFsaWNlAHNlY3JldA==", "-ERR [AUTH] no"}};
  const auto refused_before = [&](int times) {
    return [&guard, times](Pop3Settings& settings) {
      settings.authorization = "bob";
      settings.guard = guard;
      const GuardedLogin login{settings.url.host_identity(pop3_url_form), "alice", "carol", settings.password};
      for (int i = 0; i < times; ++i) guard->note(login, fail(codes::login_refused, "no"));
    };
  };
  EXPECT_EQ(log_in_to(refused, refused_before(LoginGuard::most_refusals - 1)).error().code, codes::login_refused.number);
  EXPECT_EQ(log_in_to_each({}, refused_before(LoginGuard::most_refusals)).error().code, codes::login_not_tried_again.number)
      << "without a connection";
}

class Memory final : public endpoint::TlsMemory {
 public:
  explicit Memory(bool has_seen) : seen_(has_seen) {}
  Task<Result<bool>> has_seen(std::string) override { co_return seen_; }
  Task<Result<>> note(std::string) override { co_return Result<>{}; }

 private:
  const bool seen_;
};

TEST(Pop3Login, SecurityIsFoundOutAndNeverLessThanBefore) {
  const std::string told = capabilities("USER\r\n");
  const Lines no_tls{{"", "+OK"}};  // what it takes for a TLS handshake is no line
  const Lines no_stls{{"", "+OK"}, {"CAPA", told}};
  const Lines plain{{"", "+OK"}, {"CAPA", told}, {"USER alice", "+OK"}, {"PASS secret", "+OK"}, {"CAPA", told}};
  const auto detect = [](bool has_seen) {
    return [has_seen](Pop3Settings& settings) {
      settings.plain_ok = false;
      settings.url.implicit_tls = true;
      settings.tls_memory = std::make_shared<Memory>(has_seen);
    };
  };
  const auto done = log_in_to_each({no_tls, no_stls, plain}, detect(false));
  EXPECT_TRUE(done) << describe(done.error());
  const auto stripped = log_in_to_each({no_tls, no_stls}, detect(true));
  ASSERT_FALSE(stripped);
  EXPECT_EQ(stripped.error().code, codes::tls_gone.number);
}

TEST(Pop3Turns, AnAnnouncedDelayIsKeptWithoutAsking) {
  const std::string told = capabilities("USER\r\nLOGIN-DELAY 900\r\n");
  std::atomic<int> connected = 0;
  test::LoopbackServer server(test::peer_session(test::Transport::tcp, [&](test::Peer& peer) {
    ++connected;
    const Lines lines{{"", "+OK"}, {"CAPA\r\n", told}, {"USER alice\r\n", "+OK"}, {"PASS secret\r\n", "+OK"}, {"CAPA\r\n", told}};
    for (const auto& [expected, answer] : lines) {
      if (peer.receive(expected.size()) != expected) return;
      peer.send(answer + "\r\n");
    }
    (void)peer.receive(1);
  }));
  Pop3Settings settings;
  settings.url = {false, "alice", "127.0.0.1", server.port()};
  settings.password = Secret("secret");
  settings.plain_ok = true;
  LoginTurns turns;
  const auto talk = [&]() -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await turns.log_in(settings));
    co_return Result<>{};
  };
  EXPECT_TRUE(test::run_task(talk()));
  const auto early = test::run_task(talk());
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, codes::throttled.number);
  EXPECT_GT(early.error().retry_after, std::chrono::seconds(60));
  EXPECT_LE(early.error().retry_after, std::chrono::seconds(900));
  EXPECT_EQ(connected, 1) << "nobody was asked";
}

}  // namespace
}  // namespace godwit::adapters
