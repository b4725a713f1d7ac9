// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/login_guard.h"

#include <fmt/format.h>

#include "adapters/imap/admin_login.h"
#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::adapters {

// Nothing for a login of the account's own: its refusal says nothing of others.
std::optional<std::string> LoginGuard::key_of(const ImapSettings& settings) {
  if (settings.authorization.empty()) return std::nullopt;
  const std::string digest = to_hex(sha256(settings.password.reveal()).view());
  const bool has_name = settings.admin_command != x_masterauth;
  return fmt::format("{}\n{}\n{}", settings.url.host_identity(), has_name ? settings.login_name : "", digest);
}

Result<> LoginGuard::check(const ImapSettings& settings) {
  const auto key = key_of(settings);
  const std::lock_guard lock(mutex_);
  const auto record = key ? records_.find(*key) : records_.end();
  if (record == records_.end() || record->second.has_worked || record->second.refusals < most_refusals) return {};
  Error error = make_error(
      codes::login_not_tried_again,
      fmt::format("this login was refused to {} accounts and let in for none; it is not tried again in this run, so that it is not locked. "
                  "Correct the administrator's name, password or rights, then start again",
                  record->second.refusals),
      record->second.last.server_text, settings.url.host_identity());
  return std::unexpected(std::move(error));
}

void LoginGuard::note(const ImapSettings& settings, const Result<>& outcome) {
  const auto key = key_of(settings);
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
