// SPDX-License-Identifier: Apache-2.0
#include "imap/refusal.h"

#include <gtest/gtest.h>

#include "base/error_code.h"
#include "imap/parser.h"

namespace godwit::imap {
namespace {

struct Case {
  const char* command;
  Status status;
  const char* text;
  ErrorCode code;
};

TEST(RefusalTest, KindsAndCodes) {
  const Case cases[] = {
      {"LOGIN", Status::no, "[AUTHENTICATIONFAILED] Authentication failed.", codes::login_refused},
      {"LOGIN", Status::no, "LOGIN failed", codes::login_refused},
      {"AUTHENTICATE", Status::no, "Invalid credentials", codes::login_refused},
      {"AUTHENTICATE", Status::no, "[AUTHORIZATIONFAILED] no", codes::login_not_authorized},
      {"AUTHENTICATE", Status::no, "[UNAVAILABLE] Temporary authentication failure.", codes::login_not_possible_now},
      {"AUTHENTICATE", Status::no, "[ALERT] Too many simultaneous connections. (Failure)", codes::too_many_connections},
      {"LOGIN", Status::bad, "Command Argument Error. 12", codes::not_understood},
      {"LOGIN", Status::no, "[PRIVACYREQUIRED] TLS first", codes::login_needs_encryption},
      {"SELECT", Status::bad, "User is authenticated but not connected.", codes::login_not_connected},
      {"SELECT", Status::no, "[EXPIRED] old password", codes::password_expired},
      {"UID FETCH", Status::bad, "Request is throttled. Suggested Backoff Time: 299961 milliseconds", codes::throttled},
      {"UID FETCH", Status::no, "[LIMIT] UID FETCH Rate limit hit.", codes::throttled},
      {"UID FETCH", Status::no, "[SERVERBUG] Internal error", codes::server_fault},
      {"UID FETCH", Status::no, "[EXPUNGEISSUED] some are gone", codes::unavailable},
      {"UID FETCH", Status::no, "[THROTTLED] slow down", codes::throttled},
      {"APPEND", Status::no, "[INUSE] Mailbox in use", codes::mailbox_in_use},
      {"APPEND", Status::no, "[OVERQUOTA] Quota exceeded", codes::quota},
      {"UID FETCH", Status::no, "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", codes::throttled},
      {"LOGIN", Status::no, "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", codes::throttled},
      {"APPEND", Status::no, "[ALERT] You exceeded your mail quota.", codes::quota},
      {"APPEND", Status::no, "Your quota has been exceeded.", codes::quota},
      {"APPEND", Status::no, "Server Unavailable. 15", codes::quota},
      {"APPEND", Status::no, "[TOOBIG] Message too large", codes::too_big},
      {"APPEND", Status::no, "[LIMIT] message exceeds the maximum size", codes::too_big},
      {"APPEND", Status::no, "APPEND failed: maximum size exceeded", codes::too_big},
      {"APPEND", Status::no, "[TRYCREATE] no such mailbox", codes::not_found},
      {"SELECT", Status::no, "[NONEXISTENT] Unknown Mailbox", codes::not_found},
      {"CREATE", Status::no, "[ALREADYEXISTS] Mailbox already exists", codes::exists},
      {"APPEND", Status::no, "[CANNOT] bad keyword", codes::refused},
      {"APPEND", Status::no, "Message contains NUL characters", codes::refused},
      {"APPEND", Status::bad, "[CLIENTBUG] Additional arguments found after last expected argument", codes::not_understood},
      {"APPEND", Status::bad, "Command Argument Error. 11", codes::argument_refused},
      {"APPEND", Status::no, "[LIMIT] Too many user flags in mailbox", codes::flags_refused},
      {"UID STORE", Status::no, "[CANNOT] Invalid keyword: x(y", codes::flags_refused},
      {"UID FETCH", Status::no, "[UNAVAILABLE] UID FETCH Server error - Please try again later", codes::unavailable},
  };
  for (const Case& one : cases) {
    const Error error = error_of(one.command, parse_status_text(one.status, one.text));
    EXPECT_EQ(error.kind, one.code.kind) << one.text;
    EXPECT_EQ(error.code, one.code.number) << one.text;
    EXPECT_EQ(error.server_text, one.text);
    EXPECT_FALSE(error.what.empty());
  }
}

TEST(RefusalTest, Bye) {
  const auto kind = [](const char* text) { return error_of_bye(parse_status_text(Status::no, text)).kind; };
  EXPECT_EQ(kind("Autologout"), ErrorKind::network);
  EXPECT_EQ(kind("[UNAVAILABLE] shutting down"), ErrorKind::unavailable);
  EXPECT_EQ(kind("Request is throttled. Suggested Backoff Time: 1 milliseconds"), ErrorKind::unavailable);
  EXPECT_EQ(kind("[TOOBIG] no"), ErrorKind::too_big);
  EXPECT_EQ(kind("[SERVERBUG] Internal error"), ErrorKind::network);
  EXPECT_EQ(error_of_bye(parse_status_text(Status::no, "[X y] z")).server_text, "[X y] z");
  const auto code = [](const char* text) { return error_of_bye(parse_status_text(Status::no, text)).code; };
  EXPECT_EQ(code("Autologout"), codes::session_ended.number);
  EXPECT_EQ(code("[SERVERBUG] Internal error"), codes::session_ended.number);
  EXPECT_EQ(code("Too many connections"), codes::too_many_connections.number);
}

TEST(RefusalTest, StatedBackoff) {
  EXPECT_EQ(stated_backoff("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds").count(), 299961);
  EXPECT_EQ(stated_backoff("suggested backoff time:  5 seconds.").count(), 5000);
  EXPECT_EQ(stated_backoff("Suggested Backoff Time: soon").count(), 0);
  EXPECT_EQ(stated_backoff("Suggested Backoff Time: 99999999999999").count(), 0);
  EXPECT_EQ(stated_backoff("go away").count(), 0);
  EXPECT_EQ(stated_backoff("Account exceeded command or bandwidth limits. (Failure)"), std::chrono::hours(24));
}

TEST(RefusalTest, AStatedBackoffIsInTheError) {
  constexpr const char* throttled = "Request is throttled. Suggested Backoff Time: 299961 milliseconds";
  const std::chrono::milliseconds stated(299'961);
  for (const Status status : {Status::no, Status::bad}) {
    for (const char* const command : {"LOGIN", "AUTHENTICATE", "UID FETCH", "APPEND"}) {
      const Error error = error_of(command, parse_status_text(status, throttled));
      EXPECT_EQ(error.kind, ErrorKind::unavailable) << command;
      EXPECT_EQ(error.retry_after, stated) << command;
    }
  }
  EXPECT_EQ(error_of_bye(parse_status_text(Status::no, throttled)).retry_after, stated);
  EXPECT_EQ(error_of("APPEND", parse_status_text(Status::no, throttled)).at("INBOX").retry_after, stated);
}

TEST(RefusalTest, NothingStatedIsNothingInTheError) {
  for (const char* const text : {"[INUSE] Mailbox in use", "[UNAVAILABLE] later", "[LIMIT] Rate limit hit", "[OVERQUOTA] full",
                                 "Request is throttled. Suggested Backoff Time: 0 milliseconds", "Suggested Backoff Time: soon"}) {
    EXPECT_EQ(error_of("APPEND", parse_status_text(Status::no, text)).retry_after, std::nullopt) << text;
    EXPECT_EQ(error_of_bye(parse_status_text(Status::no, text)).retry_after, std::nullopt) << text;
  }
}

}  // namespace
}  // namespace godwit::imap
