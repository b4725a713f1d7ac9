// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/run_here.h"
#include "oauth/flows.h"
#include "oauth/token_command.h"
#include "plan/problems.h"
#include "vault/vault.h"

namespace godwit::cli {

using ledger::Side;
using plan::Grant;
using Kind = plan::TokenFrom::Kind;

namespace {

oauth::Now now() { return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()); }

bool is_by_oauth(const plan::Endpoint& endpoint) { return endpoint.token && endpoint.token->kind == Kind::oauth; }
bool is_by_person(const plan::Endpoint& endpoint) {
  return is_by_oauth(endpoint) && endpoint.token->oauth.grant == Grant::refresh_token;
}

// What the vault may have to give.
bool needs_vault(const plan::Endpoint& endpoint) {
  std::error_code ignored;
  return is_by_person(endpoint) || (is_by_oauth(endpoint) && !secret_file_of(endpoint.token->oauth).empty() &&
                                    !std::filesystem::exists(secret_file_of(endpoint.token->oauth), ignored));
}

Task<Result<>> seal_permission(ledger::Ledger& ledger, std::filesystem::path key_file, ledger::Login login, Secret permission) {
  GODWIT_CO_TRY(vault::Vault vault, co_await vault::Vault::open(ledger, std::move(key_file)));
  GODWIT_CO_CHECK(co_await vault.keep(std::move(login), std::move(permission)));
  co_return co_await ledger.make_durable();  // the one before may be worth nothing any more
}

// One person's permission: each renewal may bring another one in its place.
struct Person {
  std::shared_ptr<TokenServer> server;
  ledger::Login login;
  Secret permission;
  std::function<Task<Result<>>(ledger::Login, Secret)> keep;
};

Task<Result<oauth::Token>> renew(std::shared_ptr<Person> person) {
  GODWIT_CO_TRY(http::Request request,
                oauth::refresh_request(person->server->at, person->server->application, person->permission, now()));
  GODWIT_CO_TRY(oauth::Token token, co_await oauth::ask(*person->server->client, std::move(request)));
  if (!token.refresh.empty() && token.refresh.reveal() != person->permission.reveal()) {
    GODWIT_CO_CHECK(co_await person->keep(person->login, token.refresh));
    person->permission = std::move(token.refresh);
  }
  co_return token;
}

Task<Result<oauth::Token>> delegate(std::shared_ptr<TokenServer> server, std::string user) {
  GODWIT_CO_TRY(http::Request request, oauth::delegation_request(server->at, *server->account, *server->key, user, now()));
  co_return co_await oauth::ask(*server->client, std::move(request));
}

}  // namespace

class TokenSearch {
 public:
  TokenSearch(const Organisation& organisation, std::optional<vault::Vault> vault, Sides sides)
      : organisation_(organisation), vault_(std::move(vault)), sides_(sides) {}

  Task<Result<PlanTokens>> run() {
    GODWIT_CO_CHECK(co_await open_servers(organisation_.plan.sources, Side::source));
    if (sides_ == Sides::both) GODWIT_CO_CHECK(co_await open_servers(organisation_.plan.targets, Side::target));
    for (const plan::Account& account : organisation_.accounts) {
      GODWIT_CO_CHECK(co_await find(account, organisation_.plan.sources, Side::source));
      if (sides_ == Sides::both) GODWIT_CO_CHECK(co_await find(account, organisation_.plan.targets, Side::target));
    }
    if (problems_.empty()) co_return std::move(tokens_);
    Error error = problems_.error();
    error.code = codes::token_login_needed.number;
    co_return std::unexpected(std::move(error));
  }

 private:
  Task<Result<>> open_servers(const std::vector<plan::Endpoint>& endpoints, Side side) {
    for (const plan::Endpoint& endpoint : endpoints) {
      if (!is_by_oauth(endpoint)) continue;
      auto server = co_await open_token_server(endpoint, side, vault_ ? &*vault_ : nullptr);
      if (!server) co_return std::unexpected(std::move(server).error());
      tokens_.servers_[{side, endpoint.name}] = std::move(*server);
    }
    co_return Result<>{};
  }

  Task<Result<>> find(const plan::Account& account, const std::vector<plan::Endpoint>& endpoints, Side side) {
    const bool is_source = side == Side::source;
    const plan::Endpoint* const endpoint = plan::find_endpoint(endpoints, is_source ? account.source : account.target);
    if (endpoint == nullptr || !is_by_person(*endpoint)) co_return Result<>{};
    const ledger::Login login = login_of_person(*endpoint, side, is_source ? account.source_user : account.target_user);
    std::optional<Secret> permission;
    if (vault_) {
      GODWIT_CO_TRY(permission, co_await vault_->find(login));
    }
    if (permission) tokens_.permissions_[{side, login.account}] = std::move(*permission);
    else problems_.add({account.file, account.line}, fmt::format("nobody has logged in for it on the {0}; run godwit login {1} --side {0}",
                                                                 name_of(side), printable(name_of(organisation_.plan, account))));
    co_return Result<>{};
  }

  const Organisation& organisation_;
  std::optional<vault::Vault> vault_;
  Sides sides_;
  PlanTokens tokens_;
  plan::Problems problems_;
};

namespace {

Task<Result<PlanTokens>> search(const Organisation& organisation, ledger::Ledger* ledger, Sides sides) {
  std::optional<vault::Vault> vault;
  if (ledger != nullptr) {
    GODWIT_CO_TRY(const auto key, co_await ledger->vault_key());
    if (key) {
      GODWIT_CO_TRY(vault, co_await vault::Vault::open(*ledger, key_file_of(organisation.plan)));
    }
  }
  TokenSearch search(organisation, std::move(vault), sides);
  co_return co_await search.run();
}

// Where the caller has no ledger open, it is opened for this.
Task<Result<>> seal_elsewhere(plan::Plan plan, const Wiring& wiring, ledger::Login login, Secret permission) {
  GODWIT_CO_TRY(const auto ledger, open_ledger(plan, wiring));
  co_return co_await seal_permission(*ledger, key_file_of(plan), std::move(login), std::move(permission));
}

}  // namespace

Result<PlanTokens> PlanTokens::find(const Organisation& organisation, const Wiring& wiring, ledger::Ledger* ledger, Sides sides) {
  const plan::Plan& plan = organisation.plan;
  const bool is_wanted = std::ranges::any_of(plan.sources, is_by_oauth) ||
                         (sides == Sides::both && std::ranges::any_of(plan.targets, is_by_oauth));
  if (!is_wanted) return PlanTokens();
  const bool is_sealed = std::ranges::any_of(plan.sources, needs_vault) ||
                         (sides == Sides::both && std::ranges::any_of(plan.targets, needs_vault));
  std::unique_ptr<ledger::Ledger> own;
  if (is_sealed && ledger == nullptr && std::filesystem::exists(plan.ledger)) {
    GODWIT_TRY(own, open_ledger(plan, wiring));
  }
  GODWIT_TRY(PlanTokens tokens, run_here(search(organisation, !is_sealed ? nullptr : own ? own.get() : ledger, sides)));
  if (ledger != nullptr) {
    tokens.keep_ = [ledger, file = key_file_of(plan)](ledger::Login login, Secret permission) {
      return seal_permission(*ledger, file, std::move(login), std::move(permission));
    };
  } else {
    tokens.keep_ = [plan, &wiring](ledger::Login login, Secret permission) {
      return seal_elsewhere(plan, wiring, std::move(login), std::move(permission));
    };
  }
  return tokens;
}

Result<TokenSupply> PlanTokens::supply(const plan::Endpoint& endpoint, Side side, const std::string& user) const {
  if (!endpoint.token) return TokenSupply();
  if (endpoint.token->kind == Kind::oauth) return supply_by_oauth(endpoint, side, user);
  const std::string mailbox = endpoint.names.canonical(user);
  const plan::LoginParts parts{user, mailbox, endpoint.admin_user};
  if (endpoint.token->kind == Kind::file) {
    const plan::LoginTemplate& file = endpoint.token->file;
    if (file.uses_account() && (user.contains('/') || user.starts_with('.'))) {
      return fail(ErrorKind::usage,
                  fmt::format("\"{}\" cannot be a part of a file's name, and token_file wants it there", printable(user)));
    }
    GODWIT_TRY(const std::string name, file.fill(parts));
    return oauth::supply_from_file(name);
  }
  std::vector<std::string> command;
  for (const plan::LoginTemplate& word : endpoint.token->command) {
    GODWIT_TRY(command.emplace_back(), word.fill(parts));
  }
  return oauth::supply_from_command(std::move(command));
}

Result<TokenSupply> PlanTokens::supply_by_oauth(const plan::Endpoint& endpoint, Side side, const std::string& user) const {
  const auto found = servers_.find({side, endpoint.name});
  if (found == servers_.end()) return TokenSupply();  // nobody will log in
  const auto& server = found->second;
  if (server->shared) return oauth::supply_from(server->shared);
  if (server->account) {
    GODWIT_TRY(const auto login, endpoint.login_of(user));
    const std::string name = login.authorization.empty() ? login.name : login.authorization;
    return oauth::supply_from(std::make_shared<oauth::TokenCache>([server, name] { return delegate(server, name); }));
  }
  ledger::Login login = login_of_person(endpoint, side, user);
  const auto permission = permissions_.find({side, login.account});
  if (permission == permissions_.end()) return fail(ErrorKind::bug, "an account whose permission was not looked for");
  const auto person = std::make_shared<Person>(Person{server, std::move(login), permission->second, keep_});
  return oauth::supply_from(std::make_shared<oauth::TokenCache>([person] { return renew(person); }));
}

}  // namespace godwit::cli
