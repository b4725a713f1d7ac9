// SPDX-License-Identifier: Apache-2.0
// Whole logins with a server that follows a script, over a real connection: which way is taken, and what a refusal becomes.
#include "adapters/imap/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "adapters/imap/login_advice.h"
#include "adapters/line/login_guard.h"
#include "base/error_code.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using testing::HasSubstr;

std::string read_line(int connection) {
  std::string line;
  for (std::string byte = test::receive_exactly(connection, 1); !byte.empty(); byte = test::receive_exactly(connection, 1)) {
    if (byte == "\n") return line;
    if (byte != "\r") line += byte;
  }
  return line + "(the end)";
}

// Lines "S: …" are sent, "C: …" expected. What the client says when it should not is seen as the next line.
void follow(int connection, const std::string& script) {
  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("S: ")) test::send_all(connection, line.substr(3) + "\r\n");
    if (line.starts_with("C: ")) EXPECT_EQ(read_line(connection), line.substr(3));
  }
  EXPECT_EQ(read_line(connection), "(the end)");
}

ImapSettings settings_for_alice() {
  ImapSettings settings;
  settings.url = {false, "alice", "127.0.0.1", 0};
  settings.password = Secret("pw");
  settings.plain_ok = true;
  return settings;
}

// The error; one without a code after a login.
Error log_in_to(const std::string& script, ImapSettings settings) {
  Error error{ErrorKind::bug, "", "", "", 0};
  const test::LoopbackServer server([&](int connection) { follow(connection, script); });
  settings.url.port = server.port();
  ImapHost host;
  const auto logged_in = test::run_task([](const ImapSettings& to, ImapHost& with) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await log_in(to, with));  // the client goes before what it runs on
    co_return Result<>{};
  }(settings, host));
  if (!logged_in) error = logged_in.error();
  return error;
}
void expect_login(const std::string& script, ImapSettings settings) {
  const Error error = log_in_to(script, std::move(settings));
  EXPECT_EQ(error.what, "") << describe(error);
}
void expect_error(ErrorCode code, const char* text, const std::string& script, ImapSettings settings) {
  const Error error = log_in_to(script, std::move(settings));
  EXPECT_EQ(error.code, code.number) << describe(error);
  EXPECT_THAT(describe(error), HasSubstr(text));
}

const std::string all_ways =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 AUTH=XOAUTH2 AUTH=EXTERNAL] ready\n";
const std::string let_in = "S: A0001 OK [CAPABILITY IMAP4rev1 ID] in\n";

TEST(Login, WhatSendsThePasswordGoesFirst) {
  expect_login(all_ways + "C: A0001 AUTHENTICATE PLAIN AGFsaWNlAHB3\n" + let_in, settings_for_alice());
  expect_login("S: * OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] ready\nC: A0001 LOGIN \"alice\" \"pw\"\n" + let_in, settings_for_alice());
}

TEST(Login, AMechanismThatIsNamedIsTheOnlyOne) {
  ImapSettings settings = settings_for_alice();
  settings.mechanism = "CRAM-MD5";
  expect_error(codes::login_refused, "check the name and the password",
               all_ways + "C: A0001 AUTHENTICATE CRAM-MD5\nS: + PDE+\nC: YWxpY2UgNWZlODMyNmEzYTkzNDFkYzQ5ZmZmYjkzMDAzMjg1YTc=\n"
                          "S: A0001 NO [AUTHENTICATIONFAILED] no\n",
               settings);
  settings.mechanism = "SCRAM-SHA-256";
  expect_error(codes::login_unsupported,
               "does not offer AUTHENTICATE SCRAM-SHA-256 on this line; it offers CRAM-MD5, EXTERNAL, LOGIN, PLAIN", all_ways, settings);
  settings.mechanism = "SCRAM-SHA-1-PLUS";
  expect_error(codes::login_unsupported, "SCRAM-SHA-1-PLUS ties the login to TLS, which this line has not",
               "S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-1-PLUS LOGINDISABLED] ready\n", settings);
  settings.mechanism = "LOGIN";
  expect_login(all_ways + "C: A0001 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YWxpY2U=\nS: + UGFzc3dvcmQ6\nC: cHc=\n" + let_in,
               settings);
  expect_login("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: A0001 LOGIN \"alice\" \"pw\"\n" + let_in, settings);
}

// Whose mailbox it is to be is said, although the certificate says who logs in.
TEST(Login, ExternalSaysWhoseMailbox) {
  ImapSettings settings = settings_for_alice();
  settings.mechanism = "EXTERNAL";
  settings.password = Secret();
  expect_login(all_ways + "C: A0001 AUTHENTICATE EXTERNAL YWxpY2U=\n" + let_in, settings);
  settings.authorization = "bob";
  expect_login(all_ways + "C: A0001 AUTHENTICATE EXTERNAL Ym9i\n" + let_in, settings);
}

ImapSettings settings_by(const char* admin_command) {
  ImapSettings settings = settings_for_alice();
  settings.login_name = "root";
  settings.authorization = "alice";
  settings.admin_command = admin_command;
  return settings;
}

// Sun's servers announce no command for it; the administrator logs in as himself.
TEST(Login, ProxyauthFollowsTheAdministratorsLogin) {
  const std::string in = all_ways + "C: A0001 AUTHENTICATE PLAIN AHJvb3QAcHc=\nS: A0001 OK in\nC: A0002 PROXYAUTH \"alice\"\n";
  expect_login(in + "S: A0002 OK Completed\nC: A0003 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: A0003 OK done\n",
               settings_by("PROXYAUTH"));
  expect_error(codes::login_not_authorized, "PROXYAUTH for alice: the login was refused: the password is right",
               in + "S: A0002 NO not you\n", settings_by("PROXYAUTH"));
  expect_error(codes::login_unsupported, "the server does not know PROXYAUTH; leave admin_command out", in + "S: A0002 BAD what\n",
               settings_by("PROXYAUTH"));
}

TEST(Login, KeriosMasterPasswordNeedsNoName) {
  const std::string in = std::string("S: * OK [CAPABILITY IMAP4rev1] Kerio Connect ready\nC: A0001 X-MASTERAUTH\nS: + <1>\n") +
                         "C: 28fa884568ac1199d3b62e005155366b\n";
  const std::string capability = "C: A0003 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A0003 OK\n";
  expect_login(in + "S: A0001 OK\nC: A0002 X-SETUSER \"alice\"\nS: A0002 OK\n" + capability, settings_by("X-MASTERAUTH"));
  expect_error(codes::login_refused, "check the name and the password", in + "S: A0001 NO no\n", settings_by("X-MASTERAUTH"));
  expect_error(codes::login_not_authorized, "X-MASTERAUTH for alice",
               in + "S: A0001 OK\nC: A0002 X-SETUSER \"alice\"\nS: A0002 NO no such user\n", settings_by("X-MASTERAUTH"));
}

TEST(Login, Microsoft365IsKnownByItsHost) {
  ImapSettings settings = settings_for_alice();
  const Error refused = make_error(codes::login_refused, "the login was refused", "LOGIN failed.");
  for (const char* const host : {"outlook.office365.com", "Outlook.Office365.com", "imap-mail.outlook.com", "office365.com"}) {
    settings.url.host = host;
    EXPECT_EQ(advised(refused, settings).code, codes::login_password_barred.number) << host;
    EXPECT_EQ(advised(refused, settings).server_text, "LOGIN failed.");
  }
  settings.mechanism = "XOAUTH2";
  EXPECT_EQ(advised(refused, settings), refused) << "a token was refused";
  settings.mechanism = "PLAIN";
  const Error later = make_error(codes::login_not_possible_now, "later");
  EXPECT_EQ(advised(later, settings), later);
  settings.url.host = "notoffice365.com";
  EXPECT_EQ(advised(refused, settings), refused);
}

TEST(Login, ARefusedAdministratorIsNotTriedForEverybody) {
  const auto guard = std::make_shared<LoginGuard>();
  const auto admin = [&](const char* user) {
    ImapSettings settings = settings_by("");
    settings.url.user = settings.authorization = user;
    settings.guard = guard;
    return settings;
  };
  ImapSettings own = settings_for_alice();
  own.guard = guard;
  const Result<> refused = fail(codes::login_refused, "no", "[AUTHENTICATIONFAILED] wrong");
  const Result<> down = fail(codes::login_not_possible_now, "later");
  for (const char* const user : {"alice", "bob"}) guard->note(admin(user).guarded(), refused);
  for (int i = 0; i < 5; ++i) guard->note(admin("carol").guarded(), down);
  for (int i = 0; i < 5; ++i) guard->note(own.guarded(), refused);
  EXPECT_TRUE(guard->check(admin("dave").guarded())) << "what passes by itself is no refusal, nor is somebody's own login";
  guard->note(admin("dave").guarded(), refused);
  const auto checked = guard->check(admin("erin").guarded());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, codes::login_not_tried_again.number);
  EXPECT_THAT(describe(checked.error()), HasSubstr("refused to 3 accounts and let in for none"));
  EXPECT_THAT(describe(checked.error()), HasSubstr("[AUTHENTICATIONFAILED] wrong"));
  EXPECT_TRUE(guard->check(own.guarded()));
  ImapSettings corrected = admin("erin");
  corrected.password = Secret("another");
  EXPECT_TRUE(guard->check(corrected.guarded()));
}

TEST(Login, AnAdministratorWhoWasLetInOnceIsTriedForEverybody) {
  LoginGuard guard;
  const ImapSettings admin = settings_by("");
  guard.note(admin.guarded(), {});
  for (int i = 0; i < 10; ++i) guard.note(admin.guarded(), fail(codes::login_refused, "no such mailbox"));
  EXPECT_TRUE(guard.check(admin.guarded()));
}

TEST(Login, TheGuardIsToldAndAsked) {
  ImapSettings settings = settings_by("");
  settings.guard = std::make_shared<LoginGuard>();
  const test::LoopbackServer server([](int connection) {
    follow(connection,
           all_ways + "C: A0001 AUTHENTICATE PLAIN YWxpY2UAcm9vdABwdw==\nS: A0001 NO [AUTHENTICATIONFAILED] no\n");
  });
  settings.url.port = server.port();
  for (int i = 1; i < LoginGuard::most_refusals; ++i) settings.guard->note(settings.guarded(), fail(codes::login_refused, "no"));
  ImapHost host;
  EXPECT_EQ(test::run_task(log_in(settings, host)).error().code, codes::login_refused.number);
  EXPECT_EQ(test::run_task(log_in(settings, host)).error().code, codes::login_not_tried_again.number) << "without a connection";
}

}  // namespace
}  // namespace godwit::adapters
