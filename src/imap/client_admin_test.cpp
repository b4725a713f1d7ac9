// SPDX-License-Identifier: Apache-2.0
// Administrators' logins that are no SASL: X-MASTERAUTH and X-SETUSER as a migration script of many years has them, PROXYAUTH as
// JavaMail sends it.
#include "base/error_code.h"
#include "imap/test_talk.h"

namespace godwit::imap {
namespace {

Talk as_kerio_master(ErrorKind expected) {
  return [expected](Client& client) -> Task<Result<>> {
    const Secret password("master");
    GODWIT_CO_CHECK(expect_kind(co_await client.x_masterauth(password), expected));
    co_return Result<>();
  };
}

TEST(ClientAdmin, MasterPasswordAndUser) {
  play(R"(
S: * OK Kerio Connect 9.2.7 IMAP4rev1 server ready
C: A0001 X-MASTERAUTH
S: + <1.2@mail.example.com>
C: 123d3cf713c6f46a1a10c23b1bed144b
S: A0001 OK Authentication successful
C: A0002 X-SETUSER "alice@example.com"
S: A0002 OK X-SETUSER completed
)",
       [](Client& client) -> Task<Result<>> {
         const Secret password("master");
         GODWIT_CO_CHECK(co_await client.x_masterauth(password));
         GODWIT_CO_CHECK(co_await client.x_setuser("alice@example.com").wait());
         co_return Result<>();
       });
}

TEST(ClientAdmin, MasterPasswordRefused) {
  play(R"(
S: * OK Kerio Connect 9.2.7 IMAP4rev1 server ready
C: A0001 X-MASTERAUTH
S: + <1.2@mail.example.com>
C: 123d3cf713c6f46a1a10c23b1bed144b
S: A0001 NO Authentication failed
)",
       as_kerio_master(ErrorKind::auth));
  play("S: * OK ready\nC: A0001 X-MASTERAUTH\nS: A0001 BAD unknown command\n", as_kerio_master(ErrorKind::not_understood));
}

TEST(ClientAdmin, AServerThatGoesOnAskingIsLeft) {
  play(R"(
S: * OK ready
C: A0001 X-MASTERAUTH
S: + <1.2@mail.example.com>
C: 123d3cf713c6f46a1a10c23b1bed144b
S: + more
)",
       [](Client& client) -> Task<Result<>> {
         const Secret password("master");
         GODWIT_CO_CHECK(expect_kind(co_await client.x_masterauth(password), ErrorKind::auth));
         EXPECT_FALSE(co_await client.noop().wait());
         co_return Result<>();
       });
}

TEST(ClientAdmin, Proxyauth) {
  play(R"(
S: * OK ready
C: A0001 PROXYAUTH "al\"ice"
S: A0001 OK Completed
C: A0002 PROXYAUTH "bob"
S: A0002 NO Mailbox is not there
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.proxyauth("al\"ice").wait());
         const auto refused = co_await client.proxyauth("bob").wait();
         GODWIT_CO_CHECK(expect_kind(refused, ErrorKind::auth));
         if (!refused) EXPECT_EQ(refused.error().code, codes::login_not_authorized.number);
         EXPECT_FALSE(co_await client.proxyauth("line\nbreak").wait());
         co_return Result<>();
       });
}

}  // namespace
}  // namespace godwit::imap
