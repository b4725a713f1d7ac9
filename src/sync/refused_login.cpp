// SPDX-License-Identifier: Apache-2.0
#include "sync/refused_login.h"

#include <fmt/format.h>

#include "base/error_code.h"

namespace godwit::sync {

Error remembering(Error error, const ledger::RoundRecord& last_round) {
  if (error.code != codes::login_refused.number || !last_round.ended) return error;
  error.code = codes::login_worked_before.number;
  error.what = fmt::format(
      "the login is refused that worked until {}; the password was changed since, or the account was closed: get the new password and put "
      "it where the old one is",
      last_round.ended->to_rfc3339());
  return error;
}

bool means_too_many_sessions(const Error& error) { return error.code == codes::login_not_connected.number; }

}  // namespace godwit::sync
