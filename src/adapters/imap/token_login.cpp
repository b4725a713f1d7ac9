// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/token_login.h"

#include <algorithm>
#include <array>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

// Servers say nothing more exact about a token that has expired.
bool may_have_expired(const Error& error) {
  constexpr std::array others{codes::login_unsupported, codes::login_needs_encryption, codes::login_challenge, codes::login_server_unproven,
                              codes::login_not_connected};
  return error.kind == ErrorKind::auth && std::ranges::find(others, code_of(error), &ErrorCode::number) == others.end();
}

Error placed(Error error, const ImapSettings& settings) {
  return std::move(error).at(settings.url.host_identity() + ": token for " + printable(settings.url.user));
}

}  // namespace

Task<Result<std::unique_ptr<imap::Client>>> log_in_with_token(const ImapSettings& settings, ImapHost& host) {
  ImapSettings attempt = settings;
  attempt.is_token = true;
  auto token = co_await settings.token(Secret());
  if (!token) co_return std::unexpected(placed(std::move(token).error(), settings));
  attempt.password = std::move(*token);
  auto client = co_await log_in(attempt, host);
  if (client || !may_have_expired(client.error())) co_return client;
  token = co_await settings.token(attempt.password);
  if (!token) co_return std::unexpected(placed(std::move(token).error(), settings));
  if (token->reveal() == attempt.password.reveal()) co_return client;
  attempt.password = std::move(*token);
  co_return co_await log_in(attempt, host);
}

}  // namespace godwit::adapters
