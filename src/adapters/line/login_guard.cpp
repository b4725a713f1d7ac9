// SPDX-License-Identifier: Apache-2.0
#include "adapters/line/login_guard.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::adapters {

// Nothing for a login of the account's own: its refusal says nothing of others.
std::optional<std::string> LoginGuard::key_of(const GuardedLogin& login) {
  if (login.authorization.empty()) return std::nullopt;
  return fmt::format("{}\n{}\n{}", login.place, login.name, to_hex(sha256(login.password.reveal()).view()));
}

Result<> LoginGuard::check(const GuardedLogin& login) {
  const auto key = key_of(login);
  const std::lock_guard lock(mutex_);
  const auto record = key ? records_.find(*key) : records_.end();
  if (record == records_.end() || record->second.has_worked || record->second.refusals < most_refusals) return {};
  Error error = make_error(
      codes::login_not_tried_again,
      fmt::format("this login was refused to {} accounts and let in for none; it is not tried again in this run, so that it is not locked. "
                  "Correct the administrator's name, password or rights, then start again",
                  record->second.refusals),
      record->second.last.server_text, login.place);
  return std::unexpected(std::move(error));
}

void LoginGuard::note(const GuardedLogin& login, const Result<>& outcome) {
  const auto key = key_of(login);
  if (!key || (!outcome && outcome.error().kind != ErrorKind::auth)) return;
  const std::lock_guard lock(mutex_);
  Record& record = records_[*key];
  if (outcome) {
    record.has_worked = true;
    return;
  }
  ++record.refusals;
  record.last = outcome.error();
}

}  // namespace godwit::adapters
