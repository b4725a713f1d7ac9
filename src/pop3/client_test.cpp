// SPDX-License-Identifier: Apache-2.0
#include "pop3/client.h"

#include <gtest/gtest.h>

#include "base/error_code.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::pop3 {
namespace {

using Talk = std::function<Task<Result<>>(Client&)>;

test::Conversation with_client(Talk talk, ClientOptions options = {}) {
  return [talk = std::move(talk), options](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    Client client(std::move(stream), options);
    GODWIT_CO_CHECK(co_await client.greeting());
    co_return co_await talk(client);
  };
}

// In every delivery, and broken at every step.
void play(const char* text, Talk talk, ClientOptions options = {}) {
  const test::Script script = test::Script::parse(text);
  const auto conversation = with_client(std::move(talk), std::move(options));
  test::play_in_every_delivery(script, conversation, 10);
  test::play_failing_at_every_step(script, conversation);
}

// The error that a script ends in, or the broken session's.
template <class T>
Result<> expect_code(const Result<T>& result, ErrorCode code) {
  if (!result && result.error().kind == ErrorKind::network && code.kind != ErrorKind::network) return std::unexpected(result.error());
  EXPECT_FALSE(result);
  if (!result) EXPECT_EQ(result.error().code, code.number) << describe(result.error());
  return {};
}

Task<Result<std::string>> message(Client& client) {
  GODWIT_CO_CHECK(co_await client.next_message());
  std::string whole;
  while (true) {
    GODWIT_CO_TRY(const auto piece, co_await client.read());
    if (piece.empty()) co_return whole;
    whole.append(piece.data(), piece.size());
  }
}

TEST(Pop3Client, ASessionOfTheRfc) {
  play(R"(
S: +OK POP3 server ready
C: CAPA
S: +OK Capability list follows
S: TOP
S: SASL PLAIN CRAM-MD5
S: PIPELINING
S: .
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS secret
S: +OK mrose's maildrop has 2 messages (320 octets)
C: LIST
S: +OK 2 messages (320 octets)
S: 1 120
S: 2 200
S: .
C: UIDL
S: +OK
S: 1 whqtswO00WBw418f9t5JxYwZ
S: 2 QhdPYR:00WBw1Ph7x7
S: .
C: RETR 1
C: RETR 2
S: +OK 120 octets
S: Subject: one
S:
S: ..dot
S: .
S: +OK 200 octets
S: .
C: QUIT
S: +OK dewey POP3 server signing off
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.capa());
         EXPECT_TRUE(client.capabilities().has_mechanism("PLAIN"));
         GODWIT_CO_CHECK(co_await client.user_and_pass("mrose", Secret("secret")));
         GODWIT_CO_TRY(const auto sizes, co_await client.list());
         EXPECT_EQ(sizes, (std::vector<ListedSize>{{1, 120}, {2, 200}}));
         GODWIT_CO_TRY(const auto ids, co_await client.uidl());
         EXPECT_EQ(ids, (std::vector<UniqueId>{{1, "whqtswO00WBw418f9t5JxYwZ"}, {2, "QhdPYR:00WBw1Ph7x7"}}));
         const std::uint32_t numbers[] = {1, 2};
         GODWIT_CO_CHECK(co_await client.ask(Client::Part::whole, numbers));
         GODWIT_CO_TRY(const std::string first, co_await message(client));
         EXPECT_EQ(first, "Subject: one\r\n\r\n.dot\r\n");
         GODWIT_CO_TRY(const std::string second, co_await message(client));
         EXPECT_EQ(second, "");
         co_return co_await client.quit();
       });
}

TEST(Pop3Client, WhatIsNotReadIsPassedOver) {
  play(R"(
S: +OK ready
C: RETR 1
C: RETR 2
C: TOP 3 0
S: +OK
S: one
S: .
S: -ERR no such message
S: +OK
S: three
S: .
C: LIST
S: +OK
S: .
)",
       [](Client& client) -> Task<Result<>> {
         const std::uint32_t two[] = {1, 2}, last[] = {3};
         GODWIT_CO_CHECK(co_await client.ask(Client::Part::whole, two));
         GODWIT_CO_CHECK(co_await client.ask(Client::Part::header, last));
         GODWIT_CO_CHECK(co_await client.next_message());
         GODWIT_CO_TRY(const auto sizes, co_await client.list());
         EXPECT_TRUE(sizes.empty());
         co_return Result<>{};
       });
}

TEST(Pop3Client, ARefusedMessageIsAnAnswer) {
  play(R"(
S: +OK ready
C: RETR 1
C: RETR 2
S: -ERR [SYS/PERM] damaged
S: +OK
S: two
S: .
)",
       [](Client& client) -> Task<Result<>> {
         const std::uint32_t numbers[] = {1, 2};
         GODWIT_CO_CHECK(co_await client.ask(Client::Part::whole, numbers));
         GODWIT_CO_CHECK(expect_code(co_await client.next_message(), codes::refused));
         GODWIT_CO_TRY(const std::string second, co_await message(client));
         EXPECT_EQ(second, "two\r\n");
         co_return Result<>{};
       });
}

TEST(Pop3Client, AServerWithoutCapa) {
  play("S: +OK ready\nC: CAPA\nS: -ERR unknown command\n", [](Client& client) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await client.capa());
    EXPECT_FALSE(client.capabilities().are_told);
    co_return Result<>{};
  });
}

TEST(Pop3Client, Apop) {
  play(R"(
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
S: +OK maildrop has 1 message (369 octets)
)",
       [](Client& client) { return client.apop("mrose", Secret("tanstaaf")); });
  play("S: +OK no timestamp\n",
       [](Client& client) -> Task<Result<>> { co_return expect_code(co_await client.apop("mrose", Secret("x")), codes::not_understood); });
}

sasl::Credentials alice() { return {.authentication = "alice", .secret = Secret("secret")}; }

TEST(Pop3Client, AuthSpeaksWhenItIsAsked) {
  play("S: +OK ready\nC: AUTH PLAIN\nS: +\nC: AGFsaWNlAHNlY3JldA==\nS: +OK\n",
       [](Client& client) { return client.auth(sasl::make_plain(alice())); });
  play("S: +OK ready\nC: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: YWxpY2U=\nS: + Password, please\nC: c2VjcmV0\nS: +OK\n",
       [](Client& client) { return client.auth(sasl::make_login(alice())); });
  const sasl::Credentials tim{.authentication = "tim", .secret = Secret("tanstaaftanstaaf")};  // RFC 2195 §2
  play("S: +OK ready\nC: AUTH CRAM-MD5\nS: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n"
       "C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\nS: +OK\n",
       [tim](Client& client) { return client.auth(sasl::make_cram_md5(tim)); });
  play("S: +OK ready\nC: AUTH PLAIN\nS: -ERR unsupported\n", [](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await client.auth(sasl::make_plain(alice())), codes::not_understood);
  });
  play("S: +OK ready\nC: AUTH PLAIN\nS: + \nC: AGFsaWNlAHNlY3JldA==\nS: -ERR [AUTH] no\n", [](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await client.auth(sasl::make_plain(alice())), codes::login_refused);
  });
  play("S: +OK ready\nC: AUTH PLAIN\nS: +\nC: AGFsaWNlAHNlY3JldA==\nS: + bW9yZQ==\nC: *\nS: -ERR canceled\n",
       [](Client& client) -> Task<Result<>> {
         co_return expect_code(co_await client.auth(sasl::make_plain(alice())), codes::login_challenge);
       });
  play("S: +OK ready\nC: AUTH PLAIN\nS: +OK who are you\n", [](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await client.auth(sasl::make_plain(alice())), codes::login_challenge);
  });
}

TEST(Pop3Client, RefusedLogins) {
  play("S: +OK ready\nC: USER alice\nS: -ERR what\n", [](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await client.user_and_pass("alice", Secret("x")), codes::not_understood);
  });
  play("S: +OK ready\nC: USER alice\nS: +OK\nC: PASS a b \nS: -ERR [IN-USE] busy\n", [](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await client.user_and_pass("alice", Secret("a b ")), codes::mailbox_in_use);
  });
  for (const auto& [name, password] : {std::pair("al\nice", "x"), {"alice", "x\r\nDELE 1"}}) {
    play("S: +OK ready\n", [name, password](Client& client) -> Task<Result<>> {
      co_return expect_code(co_await client.user_and_pass(name, Secret(password)), codes::credentials_form);
    });
  }
}

void expect_failing_greeting(const char* script, ErrorCode code) {
  const auto outcome = test::run_task(with_client([](Client&) -> Task<Result<>> { co_return Result<>{}; })(
      std::make_unique<test::ScriptedStream>(test::Script::parse(script))));
  ASSERT_FALSE(outcome) << script;
  EXPECT_EQ(outcome.error().code, code.number) << describe(outcome.error());
}

TEST(Pop3Client, Greetings) {
  expect_failing_greeting("S: * OK IMAP4rev1 ready\n", codes::greeting_not_pop3);
  expect_failing_greeting("S: -ERR busy\n", codes::unavailable);
  expect_failing_greeting("S: -ERR [SYS/TEMP] later\n", codes::unavailable);
  expect_failing_greeting("", codes::closed_by_server);
}

TEST(Pop3Client, ListsThatAreNone) {
  for (const char* const line : {"x 5", "1", "1 2x"}) {
    const std::string script = "S: +OK ready\nC: LIST\nS: +OK\nS: " + std::string(line) + "\n";
    play(script.c_str(),
         [](Client& client) -> Task<Result<>> { co_return expect_code(co_await client.list(), codes::response_malformed); });
  }
  ClientOptions options;
  options.list_limit = 2;
  play("S: +OK ready\nC: LIST\nS: +OK\nS: 1 1\nS: 2 1\nS: 3 1\n",
       [](Client& client) -> Task<Result<>> { co_return expect_code(co_await client.list(), codes::response_too_large); }, options);
}

TEST(Pop3Client, ALineThatIsTooLong) {
  ClientOptions options;
  options.line_limit = 30;
  for (const auto delivery : {test::ScriptOptions::Delivery::whole, test::ScriptOptions::Delivery::bytes}) {
    test::ScriptOptions script;
    script.delivery = delivery;
    script.may_stop_early = true;
    const auto talk = with_client([](Client& client) -> Task<Result<>> {
      co_return expect_code(co_await client.list(), codes::response_too_large);
    }, options);
    const char* const text = "S: +OK ready\nC: LIST\nS: +OK a line that is longer than thirty bytes\n";
    EXPECT_TRUE(test::run_task(talk(std::make_unique<test::ScriptedStream>(test::Script::parse(text), script))));
  }
}

TEST(Pop3Client, AServerWhoseLinesEndInLf) {
  test::Script script;
  script.server("+OK ready\n").client("RETR 1\r\n").server("+OK\na\n..b\n.\n");
  const auto conversation = with_client([](Client& client) -> Task<Result<>> {
    const std::uint32_t numbers[] = {1};
    GODWIT_CO_CHECK(co_await client.ask(Client::Part::whole, numbers));
    GODWIT_CO_TRY(const std::string whole, co_await message(client));
    EXPECT_EQ(whole, "a\r\n.b\r\n");
    co_return Result<>{};
  });
  test::play_in_every_delivery(script, conversation, 10);
}

TEST(Pop3Client, WhatComesInTheClearBehindStlsIsAnError) {
  const auto upgrade = [](std::unique_ptr<net::Stream> stream) -> Task<Result<std::unique_ptr<net::Stream>>> { co_return stream; };
  const auto talk = [upgrade](Client& client) -> Task<Result<>> { co_return co_await client.stls(upgrade); };
  const auto run = [&](std::string_view answer) {
    test::Script script;
    script.server("+OK ready\r\n").client("STLS\r\n").server(answer);
    return test::run_task(with_client(talk)(std::make_unique<test::ScriptedStream>(script)));
  };
  EXPECT_TRUE(run("+OK begin\r\n"));
  const auto injected = run("+OK begin\r\n+OK injected\r\n");
  ASSERT_FALSE(injected);
  EXPECT_EQ(injected.error().code, codes::response_out_of_place.number);
}

TEST(Pop3Client, TracesHideWhatIsSecret) {
  const auto lines = std::make_shared<std::string>();
  ClientOptions options;
  options.trace = Trace("source", [lines](std::string_view text) { *lines += text; }).begin_connection({Secret("tanstaaf")});
  const test::Script script = test::Script::parse(R"(
S: +OK ready
C: AUTH PLAIN
S: +
C: AGFsaWNlAHRhbnN0YWFm
S: -ERR no
C: USER alice
S: +OK
C: PASS tanstaaf
S: +OK your password is tanstaaf
C: RETR 1
S: +OK
S: private
S: .
)");
  const auto talk = [](Client& client) -> Task<Result<>> {
    (void)co_await client.auth(sasl::make_plain({.authentication = "alice", .secret = Secret("tanstaaf")}));
    GODWIT_CO_CHECK(co_await client.user_and_pass("alice", Secret("tanstaaf")));
    const std::uint32_t numbers[] = {1};
    GODWIT_CO_CHECK(co_await client.ask(Client::Part::whole, numbers));
    GODWIT_CO_CHECK(co_await message(client));
    co_return Result<>{};
  };
  ASSERT_TRUE(test::run_task(with_client(talk, options)(std::make_unique<test::ScriptedStream>(script))));
  for (const std::string_view secret : {"tanstaaf", "AGFsaWNl", "private"}) EXPECT_FALSE(lines->contains(secret)) << *lines;
  for (const std::string_view told : {"source-1 C: PASS ***", "source-1 C: USER alice", "source-1 S: {9 bytes}", "source-1 S: -ERR no"}) {
    EXPECT_TRUE(lines->contains(told)) << told << "\n" << *lines;
  }
}

}  // namespace
}  // namespace godwit::pop3
