// SPDX-License-Identifier: Apache-2.0
// Logging in and STARTTLS against scripts.
#include <gmock/gmock.h>

#include "imap/client.h"
#include "imap/test_talk.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {
namespace {

using test::run_task;
using test::Script;
using test::ScriptedStream;
using test::ScriptOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

#define EXPECT_KIND(result, expected_kind)                                           \
  do {                                                                               \
    const auto& kind_result = (result);                                              \
    EXPECT_FALSE(kind_result);                                                       \
    if (!kind_result) EXPECT_EQ(kind_result.error().kind, ErrorKind::expected_kind); \
  } while (false)

std::unique_ptr<sasl::Mechanism> alice() { return sasl::make_plain({.authentication = "alice", .secret = Secret("pw")}); }

TEST(ClientLoginTest, PlainLoginWithoutInitialResponse) {
  play(R"(
S: * OK ready
C: A0001 AUTHENTICATE PLAIN
S: +
C: AGFsaWNlAHB3
S: A0001 OK in
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.authenticate(alice()));
         co_return Result<>();
       });
}

TEST(ClientLoginTest, PlainLoginForSomebodyElse) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
C: A0001 AUTHENTICATE PLAIN YWxpY2UAYWRtaW4AcHc=
S: A0001 OK in
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.greeting());
         GODWIT_CO_CHECK(co_await client.authenticate(
             sasl::make_plain({.authorization = "alice", .authentication = "admin", .secret = Secret("pw")})));
         co_return Result<>();
       });
}

TEST(ClientLoginTest, RefusedMechanismDropsTheCredentials) {
  play(R"(
S: * OK ready
C: A0001 AUTHENTICATE PLAIN
S: A0001 NO [PRIVACYREQUIRED] TLS first
C: A0002 NOOP
S: A0002 OK done
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(expect_kind(co_await client.authenticate(alice()), ErrorKind::auth));
         auto noop = client.noop();
         GODWIT_CO_CHECK(co_await noop.wait());
         co_return Result<>();
       });
}

// RFC 7677 §3 in IMAP, with the server's proof in a challenge of its own.
constexpr const char* scram_script = R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] ready
C: A0001 AUTHENTICATE SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=
S: + cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY=
C: Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1kSHpiWmFwV0lrNGpVaE4rVXRlOXl0YWc5empmTUhnc3FtbWl6N0FuZFZRPQ==
)";

std::unique_ptr<sasl::Mechanism> scram() {
  return sasl::make_scram({.authentication = "user", .secret = Secret("pencil")}, {.nonce = "rOprNGfwEbeRWgbNEkqO"});
}

TEST(ClientLoginTest, ScramIsAConversation) {
  play((std::string(scram_script) + "S: + dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ==\nC: \nS: A0001 OK in\n").c_str(),
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.authenticate(scram()));
         co_return Result<>();
       });
}

TEST(ClientLoginTest, AServerWithoutProofIsNotTrusted) {
  play((std::string(scram_script) + "S: A0001 OK in\n").c_str(), [](Client& client) -> Task<Result<>> {
    GODWIT_CO_CHECK(expect_kind(co_await client.authenticate(scram()), ErrorKind::auth));
    EXPECT_KIND(co_await client.noop().wait(), auth);
    co_return Result<>();
  });
}

TEST(ClientLoginTest, AnExchangeThatTheClientCannotGoOnWithIsCalledOff) {
  play(R"(
S: * OK ready
C: A0001 AUTHENTICATE SCRAM-SHA-256
S: +
C: biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=
S: + cj1hbm90aGVyLHM9QUFBQSxpPTE=
C: *
S: A0001 BAD called off
C: A0002 NOOP
S: A0002 OK
)",
       [](Client& client) -> Task<Result<>> {
         const auto login = co_await client.authenticate(scram());
         GODWIT_CO_CHECK(expect_kind(login, ErrorKind::auth));
         if (!login) EXPECT_THAT(login.error().what, HasSubstr("somebody else"));
         GODWIT_CO_CHECK(co_await client.noop().wait());
         co_return Result<>();
       });
}

TEST(ClientLoginTest, LoginByPrompts) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN] ready
C: A0001 AUTHENTICATE LOGIN
S: + VXNlcm5hbWU6
C: YWxpY2U=
S: + Password:
C: cHc=
S: A0001 OK in
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_login({.authentication = "alice", .secret = Secret("pw")})));
         co_return Result<>();
       });
}

// What Google says of a token that has expired, and Microsoft.
TEST(ClientLoginTest, ARefusedTokenIsToldWithItsReason) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready
C: A0001 AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0AQE=
S: + eyJzdGF0dXMiOiI0MDAifQ==
C: 
S: A0001 NO SASL authentication failed
)",
       [](Client& client) -> Task<Result<>> {
         const auto login = co_await client.authenticate(sasl::make_xoauth2({.authentication = "alice", .secret = Secret("t")}));
         GODWIT_CO_CHECK(expect_kind(login, ErrorKind::auth));
         if (!login) EXPECT_THAT(login.error().what, HasSubstr("{\"status\":\"400\"}"));
         co_return Result<>();
       });
}

TEST(ClientLoginTest, ExternalSaysNothing) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=EXTERNAL] ready
C: A0001 AUTHENTICATE EXTERNAL =
S: A0001 OK in
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_external({.authentication = "", .secret = {}})));
         co_return Result<>();
       });
}

TEST(ClientLoginTest, LoginWithLiteralWaits) {
  Script script;
  script.server("* OK ready\r\n")
      .client("A0001 LOGIN \"alice\" {2}\r\n")
      .server("+ go\r\n")
      .client("\xC3\xBC\r\n")
      .server("A0001 OK in\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 auto login = client.login("alice", Secret("\xC3\xBC"));
                                 GODWIT_CO_CHECK(co_await login.wait());
                                 co_return Result<>();
                               }));
}

TEST(ClientLoginTest, StarttlsDropsWhatCameBefore) {
  Script script = Script::parse(
      "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A0001 STARTTLS\nS: A0001 OK go\nS: * OK [CAPABILITY EVIL] "
      "injected\n");
  Script inner = Script::parse("C: A0002 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: A0002 OK done\n");
  ScriptOptions lenient;
  lenient.may_stop_early = true;
  Client client(std::make_unique<ScriptedStream>(script, lenient), {});
  const auto result = run_task([&](Client& c) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await c.greeting());
    GODWIT_CO_CHECK(co_await c.starttls([&](std::unique_ptr<net::Stream>) -> Task<Result<std::unique_ptr<net::Stream>>> {
      co_return std::make_unique<ScriptedStream>(inner);
    }));
    EXPECT_TRUE(c.capabilities().empty());
    auto capability = c.capability();
    GODWIT_CO_TRY(const Capabilities capabilities, co_await capability.wait());
    EXPECT_THAT(capabilities.names(), ElementsAre("ID", "IMAP4REV1"));
    co_return Result<>();
  }(client));
  EXPECT_TRUE(result) << describe(result.error());
}

TEST(ClientLoginTest, StarttlsAfterPreauthIsRefused) {
  Script script = Script::parse("S: * PREAUTH hello\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  const auto result = run_task([](Client& c) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await c.greeting());
    co_return co_await c.starttls({});
  }(client));
  EXPECT_KIND(result, tls);
}

TEST(ClientLoginTest, FailedUpgradeLeavesAUsableError) {
  Script script = Script::parse("S: * OK ready\nC: A0001 STARTTLS\nS: A0001 OK go\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  const auto result = run_task([](Client& c) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await c.greeting());
    const auto upgraded =
        co_await c.starttls([](std::unique_ptr<net::Stream>) -> Task<Result<std::unique_ptr<net::Stream>>> {
          co_return fail(ErrorKind::tls, "bad certificate");
        });
    EXPECT_KIND(upgraded, tls);
    EXPECT_EQ(c.stream().peer(), "");
    auto noop = c.noop();
    EXPECT_KIND(co_await noop.wait(), tls);
    co_return Result<>();
  }(client));
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace godwit::imap
