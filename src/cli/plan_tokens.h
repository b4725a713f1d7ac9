// SPDX-License-Identifier: Apache-2.0
// Where the accounts of a plan get their access tokens from.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/token_supply.h"
#include "cli/organisation.h"
#include "cli/plan_passwords.h"
#include "cli/token_server.h"

namespace godwit::cli {

class PlanTokens {
 public:
  PlanTokens() = default;  // knows none
  // `ledger`: as of find_passwords(); it must outlive the supplies, as must `wiring`. Errors of kind usage: a file of an application
  // cannot be used; accounts for which nobody has logged in (token_login_needed), each with its file and line.
  [[nodiscard]] static Result<PlanTokens> find(const Organisation& organisation, const Wiring& wiring, ledger::Ledger* ledger, Sides sides);

  // Empty where the endpoint's accounts have passwords. Error of kind usage: the user's name does not fit into a file's name.
  [[nodiscard]] Result<TokenSupply> supply(const plan::Endpoint& endpoint, ledger::Side side, const std::string& user) const;

 private:
  friend class TokenSearch;
  using Keep = std::function<Task<Result<>>(ledger::Login, Secret)>;
  [[nodiscard]] Result<TokenSupply> supply_by_oauth(const plan::Endpoint& endpoint, ledger::Side side, const std::string& user) const;

  std::map<std::pair<ledger::Side, std::string>, std::shared_ptr<TokenServer>> servers_;
  std::map<std::pair<ledger::Side, std::string>, Secret> permissions_;  // by the vault's names
  Keep keep_;  // seals a permission that takes another's place
};

}  // namespace godwit::cli
