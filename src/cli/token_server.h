// SPDX-License-Identifier: Apache-2.0
// A token server as a plan describes it, with what the application proves itself by.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/client.h"
#include "ledger/ledger.h"
#include "oauth/provider.h"
#include "oauth/token_cache.h"
#include "plan/plan.h"
#include "vault/vault.h"

namespace godwit::cli {

struct TokenServer {
  oauth::Addresses at;
  oauth::Application application;                 // but for a service account
  std::optional<oauth::ServiceAccount> account;   // for jwt_bearer
  std::optional<oauth::SigningKey> key;           // its key
  std::shared_ptr<http::Client> client;
  std::shared_ptr<oauth::TokenCache> shared;      // client_credentials: one token for all accounts
};

// Under which the vault keeps the application's secret or key, and what a person has permitted.
[[nodiscard]] ledger::Login login_of_application(const plan::Endpoint& endpoint, ledger::Side side);
[[nodiscard]] ledger::Login login_of_person(const plan::Endpoint& endpoint, ledger::Side side, const std::string& user);

// The file that holds the application's secret or key; empty: it has none.
[[nodiscard]] const std::filesystem::path& secret_file_of(const plan::OAuth& oauth);
// Its content: of a secret the first line, of a key all. Error of kind usage: it cannot be read, or is empty.
[[nodiscard]] Result<Secret> read_application_secret(const plan::OAuth& oauth);

// `vault`: where the secret is when its file is gone; may be nullptr. The endpoint gets its tokens by OAuth. Errors of kind usage: a file
// of the application cannot be used.
[[nodiscard]] Task<Result<std::shared_ptr<TokenServer>>> open_token_server(const plan::Endpoint& endpoint, ledger::Side side,
                                                                           vault::Vault* vault);

}  // namespace godwit::cli
