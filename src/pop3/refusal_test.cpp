// SPDX-License-Identifier: Apache-2.0
#include "pop3/refusal.h"

#include <gtest/gtest.h>

#include "base/error_code.h"
#include "pop3/wire.h"

namespace godwit::pop3 {
namespace {

TEST(Pop3Refusal, CodesAndTextsOfServers) {
  struct Case {
    std::string_view command, line;
    ErrorCode code;
  };
  const Case cases[] = {
      {"PASS", "-ERR [IN-USE] Do you have another POP session running?", codes::mailbox_in_use},
      {"PASS", "-ERR [LOGIN-DELAY] minimum time between mail checks violation", codes::throttled},
      {"PASS", "-ERR [SYS/TEMP] Internal error", codes::unavailable},
      {"PASS", "-ERR [SYS/PERM] Permanent failure", codes::login_needs_administrator},
      {"PASS", "-ERR [AUTH] Authentication failed.", codes::login_refused},
      {"AUTH", "-ERR invalid password", codes::login_refused},
      {"APOP", "-ERR unable to lock maildrop", codes::mailbox_in_use},
      {"PASS", "-ERR Unable to lock maildrop: Mailbox is locked by POP server", codes::mailbox_in_use},
      {"PASS", "-ERR Too many connections", codes::too_many_connections},
      {"PASS", "-ERR no", codes::login_refused},
      {"USER", "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", codes::login_refused},
      {"USER", "-ERR Plaintext authentication disallowed", codes::login_needs_encryption},
      {"RETR", "-ERR no such message, only 2 messages in maildrop", codes::not_found},
      {"RETR", "-ERR There's no message 7.", codes::not_found},
      {"RETR", "-ERR [SYS/TEMP] disk", codes::unavailable},
      {"RETR", "-ERR [SYS/PERM] damaged", codes::refused},
      {"RETR", "-ERR the lock of a door", codes::refused},
      {"TOP", "-ERR Unknown command: TOP", codes::not_understood},
      {"CAPA", "-ERR what?", codes::refused},
  };
  for (const Case& each : cases) {
    const Error error = error_of(each.command, parse_status(each.line).value());
    EXPECT_EQ(error.code, each.code.number) << each.line;
    EXPECT_EQ(error.kind, each.code.kind) << each.line;
    EXPECT_EQ(error.server_text, each.line.substr(5));
  }
}

}  // namespace
}  // namespace godwit::pop3
