// SPDX-License-Identifier: Apache-2.0
// Logins with an access token in place of a password.
#pragma once

#include <functional>
#include <memory>

#include "adapters/line/line.h"
#include "base/text.h"
#include "base/token_supply.h"

namespace godwit::adapters {

// Servers say nothing more exact about a token that has expired.
[[nodiscard]] bool may_have_expired(const Error& error);

// `log_in` with an access token of settings.token as its password, and is_token set. A token that the server refuses may have expired:
// another one is tried, once, where there is another. Errors: also those of TokenSupply. `place`: the server's name for people.
template <class Client, class Settings>
Task<Result<std::unique_ptr<Client>>> log_in_by_token(Settings attempt, std::string place,
                                                      std::function<Task<Result<std::unique_ptr<Client>>>(const Settings&)> log_in) {
  const auto placed = [&](Error error) { return std::move(error).at(place + ": token for " + printable(attempt.url.user)); };
  attempt.is_token = true;
  auto token = co_await attempt.token(Secret());
  if (!token) co_return std::unexpected(placed(std::move(token).error()));
  attempt.password = std::move(*token);
  auto client = co_await log_in(attempt);
  if (client || !may_have_expired(client.error())) co_return client;
  token = co_await attempt.token(attempt.password);
  if (!token) co_return std::unexpected(placed(std::move(token).error()));
  if (token->reveal() == attempt.password.reveal()) co_return client;
  attempt.password = std::move(*token);
  co_return co_await log_in(attempt);
}

}  // namespace godwit::adapters
