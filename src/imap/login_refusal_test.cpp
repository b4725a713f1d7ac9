// SPDX-License-Identifier: Apache-2.0
// Refused logins as servers word them; each line is documented traffic or the server's own source.
#include "imap/login_refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "imap/parser.h"
#include "imap/refusal.h"

namespace godwit::imap {
namespace {

struct Case {
  const char* text;
  ErrorCode code;
};

Error refused(const char* text, const char* command = "LOGIN") { return error_of(command, parse_status_text(Status::no, text)); }

TEST(LoginRefusal, IsToldApart) {
  const Case cases[] = {
      // a wrong password
      {"[AUTHENTICATIONFAILED] Authentication failed.", codes::login_refused},                                  // Dovecot
      {"[AUTHENTICATIONFAILED] Invalid credentials (Failure)", codes::login_refused},                           // Gmail
      {"Login failed: authentication failure", codes::login_refused},                                           // Cyrus
      {"authentication failure", codes::login_refused},                                                         // Cyrus, SASL
      {"Login failed.", codes::login_refused},                                                                  // Courier
      {"LOGIN failed.", codes::login_refused},                                                                  // Exchange
      {"Invalid user name or password.", codes::login_refused},                                                 // hMailServer
      {"[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=ebI8JB0ug4Y1", codes::login_refused},  // Yandex
      {"[AUTHENTICATIONFAILED] (#MBR1212) Incorrect username or password.", codes::login_refused},              // Yahoo
      // the account
      {"[AUTHENTICATIONFAILED] Account is locked", codes::login_locked},
      {"[CONTACTADMIN] This account is disabled", codes::login_locked},
      {"Account is disabled", codes::login_locked},                                                             // SmarterMail
      {"[AUTHORIZATIONFAILED] Account suspended", codes::login_locked},
      {"Too many failed login attempts. Please try again later.", codes::login_locked},
      {"[AUTHORIZATIONFAILED] no", codes::login_not_authorized},
      {"[CONTACTADMIN] ask us", codes::login_needs_administrator},
      {"[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. "
       "(Failure)",
       codes::login_imap_off},                                                                                  // Gmail
      {"[ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)", codes::login_imap_off},  // Zoho
      // the password
      {"[EXPIRED] Password expired", codes::password_expired},                                                  // Dovecot
      {"[AUTHENTICATIONFAILED] Your password has expired", codes::password_expired},
      {"[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
       codes::login_password_barred},                                                                           // Gmail
      {"[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
       codes::login_password_barred},                                                                           // Gmail
      {"[WEBALERT https://accounts.google.com/signin/continue] Web login required.", codes::login_password_barred},  // Gmail
      {"[AUTHENTICATIONFAILED] Sorry, you need to create an app password to use this service", codes::login_password_barred},  // Fastmail
      {"Login failed \xE2\x80\x93 please create an app password.", codes::login_password_barred},               // Purelymail
      {"LogonDenied-BasicAuthBlocked", codes::login_password_barred},                                           // Microsoft 365
      {"[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", codes::login_needs_encryption},
      // to come back later
      {"[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", codes::too_many_connections},
      {"[UNAVAILABLE] Maximum number of connections from user+IP exceeded", codes::too_many_connections},       // Dovecot, both
      {"[ALERT] Too many simultaneous connections. (Failure)", codes::too_many_connections},                    // Gmail
      {"[LIMIT] LOGIN Rate limit hit.", codes::throttled},                                                      // Yahoo
      {"[LIMIT] slow down", codes::throttled},
      {"[UNAVAILABLE] Temporary authentication failure. [mail:2024-01-01 00:00:00]", codes::login_not_possible_now},  // Dovecot
      {"[UNAVAILABLE] later", codes::login_not_possible_now},
      {"Login failed: remote authentication server unavailable", codes::login_not_possible_now},                // Cyrus
      {"[INUSE] busy", codes::mailbox_in_use},
      {"[SERVERBUG] Internal error", codes::server_fault},
      // neither
      {"User is authenticated but not connected.", codes::login_not_connected},                                 // Exchange
      {"bad protocol / cancel", codes::login_challenge},                                                        // Cyrus
  };
  for (const Case& one : cases) {
    EXPECT_EQ(refused(one.text).code, one.code.number) << one.text;
    EXPECT_EQ(refused(one.text, "authenticate").code, one.code.number) << one.text;
    EXPECT_EQ(refused(one.text).kind, one.code.kind) << one.text;
    EXPECT_EQ(refused(one.text).server_text, one.text);
  }
}

TEST(LoginRefusal, OnlyWhatMayPassIsTriedAgain) {
  for (const ErrorCode code : {codes::too_many_connections, codes::throttled, codes::login_not_possible_now}) {
    EXPECT_EQ(reaction_to(code.kind), Reaction::retry_later) << code.number;
  }
  for (const ErrorCode code : {codes::login_refused, codes::login_locked, codes::password_expired, codes::login_password_barred,
                               codes::login_imap_off, codes::login_not_authorized, codes::login_worked_before,
                               codes::login_not_tried_again}) {
    EXPECT_EQ(reaction_to(code.kind), Reaction::stop_account) << code.number;
  }
}

TEST(LoginRefusal, EachHasItsAdvice) {
  std::set<std::string> told;
  for (const ErrorCode code : {codes::login_refused, codes::login_locked, codes::password_expired, codes::login_password_barred,
                               codes::login_imap_off, codes::login_not_authorized, codes::login_needs_encryption,
                               codes::login_needs_administrator, codes::login_not_connected, codes::login_challenge}) {
    const std::string text = login_explanation(code);
    EXPECT_TRUE(told.insert(text).second) << text;
    EXPECT_THAT(text, testing::ContainsRegex("[;:] ")) << "what is wrong, and what to do";
  }
}

TEST(LoginRefusal, OtherCommandsAreNotLogins) {
  EXPECT_EQ(refused("try again later", "APPEND").code, codes::refused.number);
  EXPECT_EQ(refused("Account is disabled", "SELECT").code, codes::refused.number);
  EXPECT_EQ(refused("no", "PROXYAUTH").code, codes::login_not_authorized.number);
  EXPECT_EQ(refused("no", "X-SETUSER").code, codes::login_not_authorized.number);
  EXPECT_EQ(refused("no", "X-MASTERAUTH").code, codes::login_refused.number);
  EXPECT_EQ(error_of("LOGIN", parse_status_text(Status::bad, "Account is disabled")).code, codes::not_understood.number);
}

}  // namespace
}  // namespace godwit::imap
