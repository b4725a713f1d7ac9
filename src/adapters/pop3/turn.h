// SPDX-License-Identifier: Apache-2.0
// POP3 lets in one program at a time, and some servers so often and no more.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "adapters/pop3/account.h"
#include "pop3/client.h"

namespace godwit::adapters {

// How long after a login the server wants no other one of the same account (RFC 2449 §6.5), at most a day; 0: it does not say.
[[nodiscard]] std::chrono::seconds login_delay(const pop3::Capabilities& capabilities);

// log_in() when it is our turn: waits for whoever has the maildrop open, and as long as the server wants no login after the last one, up
// to settings.turn_limit. Used by one thread at a time.
class LoginTurns {
 public:
  // Errors: those of log_in(), and throttled, without asking, where the wait would be longer; with retry_after.
  [[nodiscard]] Task<Result<std::unique_ptr<pop3::Client>>> log_in(const Pop3Settings& settings);

 private:
  std::optional<std::chrono::steady_clock::time_point> earliest_;  // of the next login
};

// Says QUIT, on `executor`, without waiting for it; but the line is cut where an answer is still on its way, and where the server removes
// at QUIT what was read (EXPIRE 0).
void leave(std::unique_ptr<pop3::Client> client, boost::asio::any_io_executor executor, bool is_idle = true);

}  // namespace godwit::adapters
