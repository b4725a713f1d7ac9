// SPDX-License-Identifier: Apache-2.0
#include "sieve/client.h"

#include <gtest/gtest.h>

#include "base/error_code_filters.h"
#include "base/text.h"
#include "sieve/refusal.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::sieve {
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

TEST(SieveClient, ASessionOfTheRfc) {
  play(R"(
S: "IMPLEMENTATION" "Example1 ManageSieved v001"
S: "VERSION" "1.0"
S: "SASL" "PLAIN SCRAM-SHA-1"
S: "SIEVE" "fileinto vacation"
S: OK
C: AUTHENTICATE "PLAIN" "AGFsaWNlAHB3"
S: OK
C: CAPABILITY
S: "SIEVE" "fileinto vacation copy"
S: "OWNER" "alice@example.com"
S: OK
C: LISTSCRIPTS
S: "summer_script"
S: "vaca\"tion" ACTIVE
S: {13}
clever+script
S: OK
C: GETSCRIPT "summer_script"
C: GETSCRIPT "gone"
C: GETSCRIPT "empty"
S: {7}
keep;

S: OK
S: NO (NONEXISTENT) "There is no script by that name"
S: ""
S: OK
C: HAVESPACE "myscript" 999999
S: NO (QUOTA/MAXSIZE) "Quota exceeded"
C: SETACTIVE "summer_script"
S: OK
C: SETACTIVE ""
S: OK
C: RENAMESCRIPT "a" "b"
S: NO (ALREADYEXISTS) "A script with that name already exists"
C: DELETESCRIPT "a"
C: DELETESCRIPT "b"
S: OK
S: NO (ACTIVE) "You may not delete an active script"
C: NOOP
S: OK "NOOP completed"
C: LOGOUT
S: OK "Logout Complete"
)",
       [](Client& client) -> Task<Result<>> {
         EXPECT_TRUE(client.capabilities().is_of_the_rfc());
         GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_plain({.authentication = "alice", .secret = Secret("pw")})));
         GODWIT_CO_CHECK(co_await client.capability());
         EXPECT_EQ(client.capabilities().extensions(), (std::vector<std::string>{"fileinto", "vacation", "copy"}));
         EXPECT_FALSE(client.capabilities().has("VERSION"));
         GODWIT_CO_TRY(const auto listed, co_await client.list_scripts());
         EXPECT_EQ(listed, (std::vector<ListedScript>{{"summer_script", false}, {"vaca\"tion", true}, {"clever+script", false}}));
         const std::string names[] = {"summer_script", "gone", "empty"};
         GODWIT_CO_TRY(const auto texts, co_await client.get_scripts(names));
         EXPECT_EQ(texts[0].value_or("?"), "keep;\r\n");
         GODWIT_CO_CHECK(expect_code(texts[1], codes::not_found));
         EXPECT_EQ(texts[2].value_or("?"), "");
         GODWIT_CO_CHECK(expect_code(co_await client.have_space("myscript", 999'999), codes::too_big));
         GODWIT_CO_CHECK(co_await client.set_active("summer_script"));
         GODWIT_CO_CHECK(co_await client.set_active({}));
         GODWIT_CO_CHECK(expect_code(co_await client.rename_script("a", "b"), codes::exists));
         const std::string doomed[] = {"a", "b"};
         GODWIT_CO_TRY(const auto deleted, co_await client.delete_scripts(doomed));
         EXPECT_TRUE(deleted[0]);
         GODWIT_CO_CHECK(expect_code(deleted[1], codes::refused));
         if (!deleted[1]) EXPECT_TRUE(deleted[1].error().what.contains("active one"));
         GODWIT_CO_CHECK(co_await client.noop());
         co_return co_await client.logout();
       });
}

TEST(SieveClient, ScriptsGoOutAfterEachOther) {
  play(R"(
S: "IMPLEMENTATION" "x"
S: OK
C: PUTSCRIPT "a" {7+}
keep;

C: PUTSCRIPT "b" {3+}
foo
S: OK
S: NO {37}
line 1: error: unknown command 'foo'.
C: CHECKSCRIPT {7+}
stop;

C: CHECKSCRIPT {0+}

S: OK (WARNINGS) "line 1: a stop alone"
S: OK
)",
       [](Client& client) -> Task<Result<>> {
         const Client::NamedText scripts[] = {{"a", "keep;\r\n"}, {"b", "foo"}};
         GODWIT_CO_TRY(const auto stored, co_await client.put_scripts(scripts));
         EXPECT_TRUE(stored[0]);
         GODWIT_CO_CHECK(expect_code(stored[1], codes::filter_refused));
         if (!stored[1]) EXPECT_EQ(stored[1].error().server_text, "line 1: error: unknown command 'foo'.");
         const std::string_view texts[] = {"stop;\r\n", ""};
         GODWIT_CO_TRY(const auto checked, co_await client.check_scripts(texts));
         EXPECT_EQ(checked[0] ? checked[0]->warnings : "?", "line 1: a stop alone");
         EXPECT_EQ(checked[1] ? checked[1]->warnings : "?", "");
         co_return Result<>{};
       });
}

constexpr const char* refused_script = R"(
S: "VERSION" "1.0"
S: OK
C: PUTSCRIPT "a" {4+}
foo;
C: PUTSCRIPT "b" {5+}
keep;
S: NO "Did not specify script name"
S: OK
C: NOOP "godwit-1"
)";
TEST(SieveClient, AnswersThatHaveShiftedAreNotBelieved) {
  const auto store = [](ErrorCode code) {
    return [code](Client& client) -> Task<Result<>> {
      const Client::NamedText scripts[] = {{"a", "foo;"}, {"b", "keep;"}};
      const auto stored = co_await client.put_scripts(scripts);
      if (code == ErrorCode{} && !stored) co_return std::unexpected(stored.error());
      if (code == ErrorCode{}) co_return Result<>{};
      co_return expect_code(stored, code);
    };
  };
  const std::string talk = refused_script;
  play((talk + "S: OK (TAG {8}\ngodwit-1) \"Done\"\n").c_str(), store({}));
  play((talk + "S: NO \"Expected a command. Got something else.\"\n").c_str(), store(codes::response_out_of_place));
  play((talk + "S: OK (TAG \"godwit-0\") \"Done\"\n").c_str(), store(codes::response_out_of_place));
}

// What is on its way unanswered stays small, so that neither side waits for the other to read.
TEST(SieveClient, NotEverythingGoesOutAtOnce) {
  test::Script script;
  script.server("\"IMPLEMENTATION\" \"x\"\r\nOK\r\n");
  const std::string text(30'000, '#');
  std::string answers, written;
  for (const char* const name : {"a", "b", "c"}) {
    script.client(std::string("PUTSCRIPT \"") + name + "\" {30000+}\r\n" + text + "\r\n").server("OK\r\n");
  }
  test::play_in_every_delivery(script, with_client([&text](Client& client) -> Task<Result<>> {
                                 const Client::NamedText scripts[] = {{"a", text}, {"b", text}, {"c", text}};
                                 GODWIT_CO_TRY(const auto stored, co_await client.put_scripts(scripts));
                                 EXPECT_EQ(stored.size(), 3U);
                                 co_return Result<>{};
                               }),
                               2);
}

TEST(SieveClient, AChallengeIsAnswered) {
  play(R"(
S: "SASL" "CRAM-MD5"
S: OK
C: AUTHENTICATE "CRAM-MD5"
S: "PDE+"
C: "YWxpY2UgNWZlODMyNmEzYTkzNDFkYzQ5ZmZmYjkzMDAzMjg1YTc="
S: NO (TRYLATER) "database is down"
C: AUTHENTICATE "LOGIN"
S: {12}
VXNlcm5hbWU6
C: "YWxpY2U="
S: "UGFzc3dvcmQ6"
C: "cHc="
S: NO "Authentication failed."
C: AUTHENTICATE "XOAUTH2" "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB"
S: NO "Unsupported authentication mechanism."
)",
       [](Client& client) -> Task<Result<>> {
         const sasl::Credentials alice{.authentication = "alice", .secret = Secret("pw")};
         GODWIT_CO_CHECK(expect_code(co_await client.authenticate(sasl::make_cram_md5(alice)), codes::unavailable));
         GODWIT_CO_CHECK(expect_code(co_await client.authenticate(sasl::make_login(alice)), codes::login_refused));
         const sasl::Credentials with_token{.authentication = "alice", .secret = Secret("token")};
         co_return expect_code(co_await client.authenticate(sasl::make_xoauth2(with_token)), codes::not_understood);
       });
}

// RFC 5802 section 5: what the server proves comes with its OK (RFC 5804 section 1.3, SASL), or as a challenge that is answered by nothing.
constexpr const char* scram_first = "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL";
constexpr const char* scram_proof = "dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9";
TEST(SieveClient, ScramsProofIsReadFromTheOk) {
  const auto log_in = [](Client& client) -> Task<Result<>> {
    auto mechanism = sasl::make_scram({.authentication = "user", .secret = Secret("pencil")},
                                      {.hash = sasl::ScramHash::sha1, .nonce = "fyko+d2lbbFgONRv9qkxdawL"});
    co_return co_await client.authenticate(std::move(mechanism));
  };
  const std::string talk = std::string("S: OK\nC: AUTHENTICATE \"SCRAM-SHA-1\" \"") + to_base64(scram_first) +
                           "\"\nS: \"cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0wzcmZjTkhZSlkxWlZ2V1ZzN2oscz1RU1hDUitRNnNlazhiZjkyLGk9NDA5Ng==\"\n"
                           "C: \"Yz1iaXdzLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdMM3JmY05IWUpZMVpWdldWczdqLHA9djBYOHYzQnoyVDBDSkdiSlF5RjBYK0hJNFRzPQ==\"\n";
  play((talk + "S: OK (SASL \"" + scram_proof + "\")\n").c_str(), log_in);
  play((talk + "S: \"" + scram_proof + "\"\nC: \"\"\nS: OK\n").c_str(), log_in);
  play((talk + "S: OK\n").c_str(), [&](Client& client) -> Task<Result<>> {
    co_return expect_code(co_await log_in(client), codes::login_server_unproven);
  });
}

TEST(SieveClient, AByeEndsTheSession) {
  const auto list = [](ErrorCode code) {
    return [code](Client& client) -> Task<Result<>> { co_return expect_code(co_await client.list_scripts(), code); };
  };
  play("S: OK\nC: LISTSCRIPTS\nS: BYE (TRYLATER) \"later\"\n", list(codes::unavailable));
  play("S: OK\nC: LISTSCRIPTS\nS: BYE (REFERRAL \"sieve://b.example.com\") \"go there\"\n", list(codes::login_elsewhere));
  play("S: OK\nC: LISTSCRIPTS\nS: \"a\" \"b\" \"c\"\nS: OK\n", list(codes::response_malformed));
  play("S: OK\nC: LISTSCRIPTS\nS: NO\n", list(codes::refused));
}

void expect_greeting(const char* text, ErrorCode code) {
  test::ScriptOptions options;
  options.may_stop_early = true;
  auto stream = std::make_unique<test::ScriptedStream>(test::Script::parse(text), options);
  const auto greeted = test::run_task([](std::unique_ptr<net::Stream> of) -> Task<Result<>> {
    Client client(std::move(of));
    co_return co_await client.greeting();
  }(std::move(stream)));
  ASSERT_FALSE(greeted) << text;
  EXPECT_EQ(greeted.error().code, code.number) << describe(greeted.error());
}

TEST(SieveClient, GreetingsThatAreNone) {
  expect_greeting("S: * OK [CAPABILITY IMAP4rev1] ready\n", codes::greeting_not_managesieve);
  expect_greeting("S: +OK ready\n", codes::greeting_not_managesieve);
  expect_greeting("S: 220 mail.example.com ESMTP\n", codes::greeting_not_managesieve);
  expect_greeting("S: (what)\n", codes::greeting_not_managesieve);
  expect_greeting("S: BYE \"Too many connections\"\n", codes::too_many_connections);
  expect_greeting("S: NO \"no\"\n", codes::unavailable);
}

Task<Result<std::unique_ptr<net::Stream>>> same(std::unique_ptr<net::Stream> stream) {
  co_return stream;
}

Talk upgraded_with(const char* extension) {
  return [extension](Client& client) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await client.starttls(same));
    EXPECT_EQ(client.capabilities().extensions(), std::vector<std::string>{extension});
    EXPECT_FALSE(client.capabilities().has("STARTTLS"));
    GODWIT_CO_TRY(const auto listed, co_await client.list_scripts());
    EXPECT_TRUE(listed.empty());
    co_return Result<>{};
  };
}

TEST(SieveClient, CapabilitiesBehindStarttls) {
  // RFC 5804: told again by itself.
  play(R"(
S: "SIEVE" "false"
S: "STARTTLS"
S: OK
C: STARTTLS
S: OK
C: CAPABILITY
C: NOOP
S: "SIEVE" "one"
S: OK "TLS negotiation successful."
S: "SIEVE" "copy"
S: OK
S: OK "NOOP completed"
C: LISTSCRIPTS
S: OK
)", upgraded_with("copy"));
  // Before the RFC: only when asked, and no NOOP.
  play(R"(
S: SIEVE "false"
S: STARTTLS
S: OK
C: STARTTLS
S: OK
C: CAPABILITY
C: NOOP
S: SIEVE "copy"
S: OK
S: NO "Unrecognized command"
C: LISTSCRIPTS
S: OK
)", upgraded_with("copy"));
}

TEST(SieveClient, WhatComesInTheClearBehindStarttlsIsNotBelieved) {
  test::Script script;
  script.server("OK\r\n").client("STARTTLS\r\n").server("OK\r\n\"SIEVE\" \"evil\"\r\nOK\r\n");
  auto stream = std::make_unique<test::ScriptedStream>(script);
  const auto outcome = test::run_task(with_client([](Client& client) { return client.starttls(same); })(std::move(stream)));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, codes::response_out_of_place.number);
}

TEST(SieveClient, EndlessAnswersEnd) {
  ClientOptions options;
  options.lines_limit = 2;
  play("S: OK\nC: LISTSCRIPTS\nS: \"a\"\nS: \"b\"\nS: \"c\"\n",
       [](Client& client) -> Task<Result<>> { co_return expect_code(co_await client.list_scripts(), codes::response_too_large); }, options);
}

TEST(SieveClient, TheTraceHasNoSecrets) {
  auto lines = std::make_shared<std::string>();
  net::Trace trace("source", [lines](std::string_view line) { *lines += line; });
  ClientOptions options;
  options.trace = trace.begin_connection({Secret("pw")});
  const test::Script script = test::Script::parse(
      "S: \"SASL\" \"PLAIN\"\nS: OK\nC: AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHB3\"\nS: NO (X) \"not pw\"\nC: GETSCRIPT \"a\"\nS: {7}\nkeep;\n\nS: OK\n");
  const auto outcome = test::run_task(with_client(
      [](Client& client) -> Task<Result<>> {
        (void)co_await client.authenticate(sasl::make_plain({.authentication = "alice", .secret = Secret("pw")}));
        const std::string names[] = {"a"};
        GODWIT_CO_CHECK(co_await client.get_scripts(names));
        co_return Result<>{};
      },
      options)(std::make_unique<test::ScriptedStream>(script)));
  EXPECT_TRUE(outcome);
  EXPECT_TRUE(lines->contains("C: AUTHENTICATE \"PLAIN\" ***\n")) << *lines;
  EXPECT_TRUE(lines->contains("S: *** (the server repeats the password)\n")) << *lines;
  EXPECT_TRUE(lines->contains("S: {7 bytes}\n")) << *lines;
  EXPECT_FALSE(lines->contains("AGFs") || lines->contains("keep;")) << *lines;
}

struct Refused {
  const char* command;
  Line status;
  ErrorCode code;
};
TEST(SieveRefusal, CodesAndTexts) {
  using Kind = Line::Kind;
  const auto no = [](std::string code, std::string text) { return Line{.kind = Kind::no, .code = {std::move(code), {}}, .text = std::move(text)}; };
  const Refused cases[] = {
      {"PUTSCRIPT", no("QUOTA", "x"), codes::quota},
      {"PUTSCRIPT", no("QUOTA/MAXSCRIPTS", "x"), codes::quota},
      {"PUTSCRIPT", no("QUOTA/MAXSIZE", "x"), codes::too_big},
      {"PUTSCRIPT", no("", "line 3: the quota does not exist"), codes::filter_refused},
      {"CHECKSCRIPT", no("", "line 1: error: unknown command foo"), codes::filter_refused},
      {"RENAMESCRIPT", no("", "Unrecognized command"), codes::not_understood},
      {"GETSCRIPT", no("", "Script doesn't exist"), codes::not_found},
      {"DELETESCRIPT", no("NONEXISTENT", "x"), codes::not_found},
      {"LISTSCRIPTS", no("TRYLATER", "x"), codes::unavailable},
      {"AUTHENTICATE", no("", "Authentication Error"), codes::login_refused},
      {"AUTHENTICATE", no("ENCRYPT-NEEDED", "x"), codes::login_needs_encryption},
      {"AUTHENTICATE", no("", "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."), codes::login_needs_encryption},
      {"AUTHENTICATE", no("AUTH-TOO-WEAK", "x"), codes::login_unsupported},
      {"AUTHENTICATE", no("", "Temporary internal failure"), codes::unavailable},
      {"STARTTLS", no("", "You can't enable two time SSL encryption"), codes::refused},
      {"LISTSCRIPTS", {.kind = Kind::bye, .text = "Too many invalid commands."}, codes::closed_by_server},
      {"greeting", {.kind = Kind::bye, .text = "Maximum number of connections from user+IP exceeded"}, codes::too_many_connections},
  };
  for (const Refused& each : cases) {
    const Error error = error_of(each.command, each.status);
    EXPECT_EQ(error.code, each.code.number) << each.command << " " << each.status.text;
    EXPECT_EQ(error.server_text, each.status.text);
    EXPECT_FALSE(error.what.empty());
  }
}

}  // namespace
}  // namespace godwit::sieve
