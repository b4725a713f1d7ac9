// SPDX-License-Identifier: Apache-2.0
// Whole sessions with a server that follows a script, over a real connection: logins, and what no server at hand can be made to say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "adapters/sieve/account.h"
#include "adapters/sieve/scripts.h"
#include "base/error_code_filters.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using endpoint::NewResource;
using endpoint::PutOutcome;
using testing::HasSubstr;

std::string read_line(int connection) {
  std::string line;
  for (std::string byte = test::receive_exactly(connection, 1); !byte.empty(); byte = test::receive_exactly(connection, 1)) {
    if (byte == "\n") return line;
    if (byte != "\r") line += byte;
  }
  return line + "(the end)";
}

// Lines "S: …" are sent, "C: …" expected.
void follow(int connection, const std::string& script) {
  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("S: ")) test::send_all(connection, line.substr(3) + "\r\n");
    if (line.starts_with("C: ")) EXPECT_EQ(read_line(connection), line.substr(3));
  }
  EXPECT_EQ(read_line(connection), "(the end)");
}

SieveSettings settings_for_alice() {
  SieveSettings settings;
  settings.url = {false, "alice", "127.0.0.1", 0};
  settings.password = Secret("correct horse");
  settings.plain_ok = true;
  return settings;
}

using Use = std::function<Task<>(endpoint::CollectionTargetSession&)>;

// The error of the login; one without a code after a login.
Error with_session(const std::string& script, SieveSettings settings, const Use& use = nullptr) {
  Error error{ErrorKind::bug, "", "", "", 0};
  const test::LoopbackServer server([&](int connection) { follow(connection, script); });
  settings.url.port = server.port();
  const auto target = make_sieve_target(std::move(settings));
  const auto done = test::run_task([](endpoint::CollectionTarget& to, const Use& what) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto session, co_await to.connect());
    if (what) co_await what(*session);
    co_return Result<>{};
  }(*target, use));
  if (!done) error = done.error();
  return error;
}
void expect_login(const std::string& script, SieveSettings settings) {
  const Error error = with_session(script, std::move(settings));
  EXPECT_EQ(error.what, "") << describe(error);
}
void expect_error(ErrorCode code, const char* text, const std::string& script, SieveSettings settings) {
  const Error error = with_session(script, std::move(settings));
  EXPECT_EQ(error.code, code.number) << describe(error);
  EXPECT_THAT(describe(error), HasSubstr(text));
}

const std::string all_ways = "S: \"SASL\" \"PLAIN LOGIN SCRAM-SHA-1 XOAUTH2\"\nS: \"STARTTLS\"\nS: OK\n";
const std::string plain = "C: AUTHENTICATE \"PLAIN\" \"AGFsaWNlAGNvcnJlY3QgaG9yc2U=\"\n";
const std::string let_in = "S: OK\nC: CAPABILITY\nS: \"IMPLEMENTATION\" \"Test v1.2\"\nS: \"SIEVE\" \"fileinto include\"\nS: OK\n";

TEST(SieveLogin, Ways) {
  expect_login(all_ways + plain + let_in, settings_for_alice());
  SieveSettings settings = settings_for_alice();
  settings.login_name = "admin";
  settings.authorization = "alice";
  expect_login(all_ways + "C: AUTHENTICATE \"PLAIN\" \"YWxpY2UAYWRtaW4AY29ycmVjdCBob3JzZQ==\"\n" + let_in, settings);
  expect_error(codes::login_unsupported, "a login for somebody else needs PLAIN or SCRAM; it offers LOGIN",
               "S: \"SASL\" \"LOGIN\"\nS: OK\n", settings);
  settings = settings_for_alice();
  settings.mechanism = "SCRAM-SHA-256";
  expect_error(codes::login_unsupported, "a login by SCRAM-SHA-256; it offers PLAIN, LOGIN", "S: \"SASL\" \"PLAIN LOGIN\"\nS: OK\n",
               settings);
}

TEST(SieveLogin, RefusalsAreTheEndAndRepeatNoPassword) {
  expect_error(codes::login_refused, "user alice: the login was refused", all_ways + plain + "S: NO \"Authentication failed.\"\n",
               settings_for_alice());
  expect_error(codes::login_refused, "the server repeats the password", all_ways + plain + "S: NO \"not correct horse\"\n",
               settings_for_alice());
  expect_error(codes::login_refused, "the server repeats the password", all_ways + plain + "S: NO \"bad AGFsaWNlAGNvcnJlY3QgaG9yc2U=\"\n",
               settings_for_alice());
  expect_error(codes::unavailable, "come back later", all_ways + plain + "S: NO (TRYLATER) \"database is down\"\n", settings_for_alice());
  expect_error(codes::login_elsewhere, "give sieve://b.example.com instead",
               all_ways + plain + "S: BYE (REFERRAL \"sieve://b.example.com\") \"elsewhere\"\n", settings_for_alice());
}

TEST(SieveLogin, NothingGoesInTheClearUnasked) {
  SieveSettings settings = settings_for_alice();
  settings.plain_ok = false;
  expect_error(codes::starttls_not_offered, "the server offers no STARTTLS", "S: \"SASL\" \"PLAIN\"\nS: OK\n", settings);
  expect_error(codes::starttls_not_offered, "the server refuses STARTTLS", all_ways + "C: STARTTLS\nS: NO \"no certificate\"\n", settings);
}

TEST(SieveLogin, ATokenThatHasExpiredIsRenewed) {
  SieveSettings settings = settings_for_alice();
  const std::string talk = all_ways + "C: AUTHENTICATE \"XOAUTH2\" \"dXNlcj1hbGljZQFhdXRoPUJlYXJlciBvbGQBAQ==\"\nS: NO \"expired\"\n";
  settings.token = [](Secret refused) -> Task<Result<Secret>> {
    if (refused.reveal() == "old") co_return fail(codes::token_command, "asked again");
    co_return Secret("old");
  };
  expect_error(codes::token_command, "asked again", talk, settings);
  settings.token = [](Secret) -> Task<Result<Secret>> { co_return Secret("old"); };
  expect_error(codes::login_refused, "the login was refused", talk, settings);
}

const std::string logged_in = all_ways + plain + let_in;

NewResource script(const char* name, std::string_view text, bool is_active = false) {
  return {.uid = name, .name = {}, .version = {}, .bytes = text, .is_active = is_active};
}

std::vector<PutOutcome> put(const std::string& talk, std::vector<NewResource> resources) {
  std::vector<PutOutcome> outcomes;
  const Error error = with_session(logged_in + talk, settings_for_alice(), [&](endpoint::CollectionTargetSession& session) -> Task<> {
    auto done = co_await session.put(filters_collection(true), resources);
    EXPECT_TRUE(done) << (done ? "" : describe(done.error()));
    if (done) outcomes = *std::move(done);
  });
  EXPECT_EQ(error.what, "") << describe(error);
  outcomes.resize(resources.size());
  return outcomes;
}

// One is included, one lacks an extension, one is refused, one has no room; the active mark comes last.
TEST(SieveTarget, EachScriptHasItsOutcome) {
  const auto outcomes = put(
      "C: LISTSCRIPTS\nS: \"theirs\" ACTIVE\nS: \"same\"\nS: OK\n"
      "C: GETSCRIPT \"theirs\"\nC: GETSCRIPT \"same\"\nS: {5}\nS: keep;\nS: OK\nS: {5}\nS: stop;\nS: OK\n"
      "C: PUTSCRIPT \"part\" {5+}\nC: keep;\nC: PUTSCRIPT \"main\" {34+}\nC: require \"include\"; include \"part\";\n"
      "C: PUTSCRIPT \"bad\" {4+}\nC: foo;\nC: PUTSCRIPT \"big\" {5+}\nC: keep;\n"
      "S: OK\nS: OK (WARNINGS) \"line 1: hm\"\nS: NO \"line 1: unknown command foo\"\nS: NO (QUOTA/MAXSCRIPTS) \"full\"\n"
      "C: GETSCRIPT \"main\"\nC: GETSCRIPT \"part\"\nS: {4}\nS: main\nS: OK\nS: {5}\nS: keep;\nS: OK\n"
      "C: SETACTIVE \"main\"\nS: OK\n",
      {script("main", "require \"include\"; include \"part\";", true), script("part", "keep;"), script("new", "require \"x-y\"; keep;"),
       script("bad", "foo;"), script("big", "keep;"), script("same", "stop;"), script("part", "again;")});
  using Kind = PutOutcome::Kind;
  EXPECT_EQ(outcomes[0].kind, Kind::stored);
  EXPECT_EQ(outcomes[0].name, "main");
  EXPECT_EQ(outcomes[0].version, version_of("main"));  // what the server made of it
  EXPECT_EQ(outcomes[0].warning, "the server warns: line 1: hm");
  EXPECT_EQ(outcomes[1].version, version_of("keep;"));
  EXPECT_EQ(outcomes[2].kind, Kind::refused);
  EXPECT_EQ(outcomes[2].error.code, codes::filter_needs_extension.number);
  EXPECT_THAT(describe(outcomes[2].error), HasSubstr("script new: the script requires x-y"));
  EXPECT_EQ(outcomes[3].error.code, codes::filter_refused.number);
  EXPECT_EQ(outcomes[3].error.server_text, "line 1: unknown command foo");
  EXPECT_EQ(outcomes[4].error.kind, ErrorKind::quota);
  EXPECT_EQ(outcomes[5].kind, Kind::exists);
  EXPECT_EQ(outcomes[5].version, version_of("stop;"));
  EXPECT_EQ(outcomes[6].kind, Kind::exists);  // of that batch
}

TEST(SieveTarget, ReplacedOnlyWhereNobodyChangedIt) {
  NewResource unchanged = script("a", "new;");
  unchanged.name = "a";
  unchanged.version = version_of("old;");
  NewResource changed = unchanged;
  changed.name = "b";
  NewResource gone = unchanged;
  gone.name = "c";
  const auto outcomes = put(
      "C: LISTSCRIPTS\nS: \"a\" ACTIVE\nS: \"b\"\nS: OK\nC: GETSCRIPT \"a\"\nC: GETSCRIPT \"b\"\nS: {4}\nS: old;\nS: OK\nS: {6}\nS: other;\nS: OK\n"
      "C: PUTSCRIPT \"a\" {4+}\nC: new;\nS: OK\nC: GETSCRIPT \"a\"\nS: {4}\nS: new;\nS: OK\nC: SETACTIVE \"\"\nS: OK\n",
      {unchanged, changed, gone});
  EXPECT_EQ(outcomes[0].kind, PutOutcome::Kind::stored);
  EXPECT_EQ(outcomes[1].kind, PutOutcome::Kind::changed);
  EXPECT_EQ(outcomes[1].version, version_of("other;"));
  EXPECT_EQ(outcomes[2].kind, PutOutcome::Kind::changed);
  EXPECT_EQ(outcomes[2].version, "");
}

// A run that was broken off between the script and its mark.
TEST(SieveTarget, TheActiveMarkIsMadeUpFor) {
  const auto outcomes = put("C: LISTSCRIPTS\nS: \"a\"\nS: OK\nC: GETSCRIPT \"a\"\nS: {5}\nS: keep;\nS: OK\nC: SETACTIVE \"a\"\nS: OK\n",
                            {script("a", "keep;", true)});
  EXPECT_EQ(outcomes[0].kind, PutOutcome::Kind::exists);
  const auto refused = put("C: LISTSCRIPTS\nS: OK\nC: PUTSCRIPT \"a\" {5+}\nC: keep;\nS: OK\nC: GETSCRIPT \"a\"\nS: {5}\nS: keep;\nS: OK\n"
                           "C: SETACTIVE \"a\"\nS: NO \"cannot link\"\n",
                           {script("a", "keep;", true)});
  EXPECT_EQ(refused[0].kind, PutOutcome::Kind::refused);
  EXPECT_THAT(describe(refused[0].error), HasSubstr("cannot be made the active one"));
}

TEST(SieveTarget, RemovalsOfWhatIsStillTheSame) {
  const Error error = with_session(
      logged_in + "C: LISTSCRIPTS\nS: \"a\" ACTIVE\nS: \"b\"\nS: OK\nC: GETSCRIPT \"a\"\nC: GETSCRIPT \"b\"\nS: {4}\nS: old;\nS: OK\nS: {6}\nS: other;\nS: OK\n"
                  "C: SETACTIVE \"\"\nS: OK\nC: DELETESCRIPT \"a\"\nS: OK\n",
      settings_for_alice(), [](endpoint::CollectionTargetSession& session) -> Task<> {
        const endpoint::Resource doomed[] = {{.name = "a", .version = version_of("old;")}, {.name = "b", .version = version_of("old;")}, {.name = "c", .version = {}}};
        const auto done = co_await session.remove(filters_collection(true), doomed);
        EXPECT_TRUE(done) << (done ? "" : describe(done.error()));
        if (!done) co_return;
        EXPECT_TRUE((*done)[0]);
        EXPECT_FALSE((*done)[1]);
        EXPECT_THAT(describe((*done)[1].error()), HasSubstr("script b: the script was changed on the target"));
        EXPECT_TRUE((*done)[2]);
      });
  EXPECT_EQ(error.what, "") << describe(error);
}

TEST(SieveTarget, FactsAndForm) {
  const Error error = with_session(logged_in, settings_for_alice(), [](endpoint::CollectionTargetSession& session) -> Task<> {
    const auto facts = co_await session.facts();
    EXPECT_EQ(facts->software, "Test");
    EXPECT_EQ(facts->version, "1.2");
    EXPECT_TRUE(facts->has("SIEVE=fileinto"));
    const auto created = co_await session.create({.kind = CollectionKind::filters, .short_name = "mine", .properties = {}});
    EXPECT_EQ(created->name, "filters");
    EXPECT_FALSE(co_await session.create({.kind = CollectionKind::calendar, .short_name = "mine", .properties = {}}));
    endpoint::CollectionProperties properties;
    properties.color = "#FF0000";
    const auto lost = co_await session.change_properties(*created, properties);
    EXPECT_EQ(*lost, std::vector<std::string>{"color"});
  });
  EXPECT_EQ(error.what, "") << describe(error);
}

}  // namespace
}  // namespace godwit::adapters
