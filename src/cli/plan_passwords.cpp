// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_passwords.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/password.h"
#include "cli/run_here.h"
#include "plan/problems.h"
#include "vault/vault.h"

namespace godwit::cli {
namespace {

using ledger::Side;
using Kind = plan::PasswordFrom::Kind;

std::string place_of(const plan::Endpoint& endpoint) { return fmt::format("{}:{}", endpoint.host, endpoint.port); }

bool is_open(const plan::Endpoint& endpoint) { return endpoint.password && !is_at_hand(*endpoint.password); }

bool needs_own_passwords(const plan::Endpoint& endpoint) { return endpoint.needs_password() && !endpoint.password && !endpoint.token; }

bool has_own_passwords(const std::vector<plan::Endpoint>& endpoints, const std::string& name) {
  const plan::Endpoint* const endpoint = plan::find_endpoint(endpoints, name);
  return endpoint != nullptr && needs_own_passwords(*endpoint);
}

bool needs_vault(const Organisation& organisation, Sides sides) {
  const plan::Plan& plan = organisation.plan;
  const bool has_target = sides == Sides::both;
  if (std::ranges::any_of(plan.sources, is_open) || (has_target && std::ranges::any_of(plan.targets, is_open))) return true;
  return std::ranges::any_of(organisation.accounts, [&](const plan::Account& account) {
    return (account.source_password.empty() && has_own_passwords(plan.sources, account.source)) ||
           (has_target && account.target_password.empty() && has_own_passwords(plan.targets, account.target));
  });
}

// Nothing where no password was ever put into it.
Task<Result<std::optional<vault::Vault>>> open_vault(const plan::Plan& plan, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto key, co_await ledger.vault_key());
  if (!key) co_return std::nullopt;
  co_return co_await vault::Vault::open(ledger, key_file_of(plan));
}

class Search {
 public:
  Search(const Organisation& organisation, std::optional<vault::Vault> vault, Sides sides)
      : plan_(organisation.plan), vault_(std::move(vault)), sides_(sides) {
    passwords_.accounts = organisation.accounts;
  }

  Task<Result<PlanPasswords>> run() {
    GODWIT_CO_CHECK(co_await find_shared(plan_.sources, Side::source, passwords_.sources));
    if (sides_ == Sides::both) GODWIT_CO_CHECK(co_await find_shared(plan_.targets, Side::target, passwords_.targets));
    for (plan::Account& account : passwords_.accounts) GODWIT_CO_CHECK(co_await complete(account));
    if (problems_.empty()) co_return std::move(passwords_);
    Error error = problems_.error();
    error.code = codes::password_missing.number;
    co_return std::unexpected(std::move(error));
  }

 private:
  Task<Result<std::optional<Secret>>> find(ledger::Login login) {
    if (!vault_) co_return std::nullopt;
    co_return co_await vault_->find(std::move(login));
  }

  Task<Result<>> find_shared(const std::vector<plan::Endpoint>& endpoints, Side side, std::map<std::string, Secret>& found) {
    for (const plan::Endpoint& endpoint : endpoints) {
      if (!endpoint.password) continue;
      std::optional<Secret> kept;
      if (is_open(endpoint)) {
        GODWIT_CO_TRY(kept, co_await find(login_of_all(endpoint, side)));
      }
      GODWIT_CO_TRY(Secret password, kept ? Result<Secret>(std::move(*kept)) : read_shared_password(endpoint));
      found.emplace(endpoint.name, std::move(password));
    }
    co_return Result<>{};
  }

  Task<Result<>> complete(plan::Account& account) {
    const plan::Endpoint* const source = plan::find_endpoint(plan_.sources, account.source);
    const plan::Endpoint* const target = plan::find_endpoint(plan_.targets, account.target);
    if (source == nullptr || target == nullptr) co_return fail(ErrorKind::bug, "an account of a server that the plan does not have");
    GODWIT_CO_CHECK(co_await complete(*source, Side::source, account.source_user, account.source_password));
    if (sides_ == Sides::both) GODWIT_CO_CHECK(co_await complete(*target, Side::target, account.target_user, account.target_password));
    if (account.target_password.empty() && plan_.accounts.same_password) account.target_password = account.source_password;
    if (account.source_password.empty() && needs_own_passwords(*source)) {
      add(account, "there is no password for the source, neither here nor in the vault; write it under source_password, or let an "
                   "administrator log in (admin_user in [source])");
    }
    if (sides_ == Sides::both && account.target_password.empty() && needs_own_passwords(*target)) {
      add(account, "there is no password for the target, neither here nor in the vault; write it under target_password, say "
                   "same_password = true in [accounts], or let an administrator log in (admin_user in [target])");
    }
    co_return Result<>{};
  }

  Task<Result<>> complete(const plan::Endpoint& endpoint, Side side, const std::string& user, Secret& password) {
    if (!password.empty() || !needs_own_passwords(endpoint)) co_return Result<>{};
    GODWIT_CO_TRY(auto kept, co_await find(login_of_account(endpoint, side, user)));
    if (kept) password = std::move(*kept);
    co_return Result<>{};
  }

  void add(const plan::Account& account, const char* what) { problems_.add({account.file, account.line}, what); }

  const plan::Plan& plan_;
  std::optional<vault::Vault> vault_;
  Sides sides_;
  PlanPasswords passwords_;
  plan::Problems problems_;
};

Task<Result<PlanPasswords>> search(const Organisation& organisation, ledger::Ledger* ledger, Sides sides) {
  std::optional<vault::Vault> vault;
  if (ledger != nullptr) {
    GODWIT_CO_TRY(vault, co_await open_vault(organisation.plan, *ledger));
  }
  Search search(organisation, std::move(vault), sides);
  co_return co_await search.run();
}

}  // namespace

bool is_at_hand(const plan::PasswordFrom& password) {
  std::error_code ignored;
  if (password.kind == Kind::file) return std::filesystem::exists(password.name, ignored);
  const char* const value = password.kind == Kind::environment ? std::getenv(password.name.c_str()) : nullptr;
  return value != nullptr && *value != 0;
}

std::filesystem::path key_file_of(const plan::Plan& plan) {
  return plan.vault_key.empty() ? vault::default_key_file(plan.ledger) : plan.vault_key;
}

ledger::Login login_of_account(const plan::Endpoint& endpoint, Side side, const std::string& user) {
  return {fmt::format("{} on {}", endpoint.names.canonical(user), place_of(endpoint)), side};
}

ledger::Login login_of_all(const plan::Endpoint& endpoint, Side side) {
  const std::string who = endpoint.admin_user.empty() ? "everybody" : "administrator " + endpoint.admin_user;
  return {fmt::format("{} on {}", who, place_of(endpoint)), side};
}

Result<Secret> read_shared_password(const plan::Endpoint& endpoint) {
  const std::string whose = fmt::format("{} on {}", endpoint.admin_user.empty() ? "all accounts" : endpoint.admin_user, endpoint.host);
  const bool is_in_file = endpoint.password->kind == Kind::file;
  const bool is_in_environment = endpoint.password->kind == Kind::environment;
  return read_password(is_in_file ? endpoint.password->name : "", is_in_environment ? endpoint.password->name.c_str() : "", whose);
}

Result<PlanPasswords> find_passwords(const Organisation& organisation, const Wiring& wiring, ledger::Ledger* ledger, Sides sides) {
  const bool is_needed = needs_vault(organisation, sides);
  std::unique_ptr<ledger::Ledger> own;
  if (is_needed && ledger == nullptr && std::filesystem::exists(organisation.plan.ledger)) {
    GODWIT_TRY(own, open_ledger(organisation.plan, wiring));
    ledger = own.get();
  }
  return run_here(search(organisation, is_needed ? ledger : nullptr, sides));
}

}  // namespace godwit::cli
