// SPDX-License-Identifier: Apache-2.0
#include "cli/vault.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/plan_passwords.h"
#include "cli/run_here.h"
#include "cli/token_server.h"
#include "plan/plan_file.h"
#include "vault/vault.h"

namespace godwit::cli {
namespace {

using ledger::Login;
using ledger::Side;
using nlohmann::json;

// What plan and accounts files give goes into the vault.
class Import {
 public:
  Import(const plan::Plan& plan, vault::Vault vault) : plan_(plan), vault_(std::move(vault)) {}

  // What is in its place no more (a file that is gone, a prompt that was answered once) stays as it was sealed.
  Task<Result<>> seal_shared(const std::vector<plan::Endpoint>& endpoints, Side side) {
    for (const plan::Endpoint& endpoint : endpoints) {
      if (!endpoint.password) continue;
      const Login login = login_of_all(endpoint, side);
      GODWIT_CO_TRY(const auto kept, co_await vault_.find(login));
      if (kept && !is_at_hand(*endpoint.password)) continue;
      GODWIT_CO_TRY(Secret password, read_shared_password(endpoint));
      GODWIT_CO_CHECK(co_await vault_.keep(login, std::move(password)));
      ++servers;
    }
    co_return Result<>{};
  }

  // Secrets and keys of applications that ask for tokens.
  Task<Result<>> seal_applications(const std::vector<plan::Endpoint>& endpoints, Side side) {
    for (const plan::Endpoint& endpoint : endpoints) {
      std::error_code ignored;
      const bool has_secret = endpoint.token && endpoint.token->kind == plan::TokenFrom::Kind::oauth &&
                              !secret_file_of(endpoint.token->oauth).empty();
      if (!has_secret) continue;
      const Login login = login_of_application(endpoint, side);
      GODWIT_CO_TRY(const auto kept, co_await vault_.find(login));
      if (kept && !std::filesystem::exists(secret_file_of(endpoint.token->oauth), ignored)) continue;
      GODWIT_CO_TRY(Secret secret, read_application_secret(endpoint.token->oauth));
      GODWIT_CO_CHECK(co_await vault_.keep(login, std::move(secret)));
      ++servers;
    }
    co_return Result<>{};
  }

  Task<Result<>> seal(const plan::Account& account) {
    const plan::Endpoint* const source = plan::find_endpoint(plan_.sources, account.source);
    const plan::Endpoint* const target = plan::find_endpoint(plan_.targets, account.target);
    if (source == nullptr || target == nullptr) co_return fail(ErrorKind::bug, "an account of a server that the plan does not have");
    GODWIT_CO_CHECK(co_await seal(*source, login_of_account(*source, Side::source, account.source_user), account.source_password));
    co_return co_await seal(*target, login_of_account(*target, Side::target, account.target_user), account.target_password);
  }

  [[nodiscard]] std::string key_name() const { return vault_.public_key().name(); }
  std::size_t accounts = 0, servers = 0;

 private:
  // Where every account logs in with its own.
  Task<Result<>> seal(const plan::Endpoint& endpoint, Login login, Secret password) {
    if (endpoint.password || endpoint.token || password.empty()) co_return Result<>{};
    GODWIT_CO_CHECK(co_await vault_.keep(std::move(login), std::move(password)));
    ++accounts;
    co_return Result<>{};
  }

  const plan::Plan& plan_;
  vault::Vault vault_;
};

Task<Result<>> run_import(const VaultOptions& options, const Organisation& organisation, ledger::Ledger& ledger) {
  const plan::Plan& plan = organisation.plan;
  GODWIT_CO_TRY(vault::Vault vault, co_await vault::Vault::open(ledger, key_file_of(plan)));
  Import import(plan, std::move(vault));
  GODWIT_CO_CHECK(co_await import.seal_shared(plan.sources, Side::source));
  GODWIT_CO_CHECK(co_await import.seal_shared(plan.targets, Side::target));
  GODWIT_CO_CHECK(co_await import.seal_applications(plan.sources, Side::source));
  GODWIT_CO_CHECK(co_await import.seal_applications(plan.targets, Side::target));
  for (const plan::Account& account : organisation.accounts) GODWIT_CO_CHECK(co_await import.seal(account));
  const std::string key_file = key_file_of(plan).string();
  if (options.plan.json) {
    print_json({{"event", "imported"}, {"accounts", import.accounts}, {"servers", import.servers}, {"key_file", key_file},
                {"key", import.key_name()}});
    co_return Result<>{};
  }
  fmt::print("{} passwords of accounts and {} of servers are sealed; the key is {}\n", import.accounts, import.servers,
             printable(key_file));
  fmt::print("Copy that file to where the backups of the ledger are not. Then the accounts file may lose its passwords, and the password\n"
             "files of the plan may go.\n");
  co_return Result<>{};
}

Task<Result<>> run_list(const VaultOptions& options, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto logins, co_await ledger.password_logins());
  for (const Login& login : logins) {
    if (options.plan.json) print_json({{"login", login.account}, {"side", name_of(login.side)}});
    else fmt::print("{}  {}\n", name_of(login.side), printable(login.account));
  }
  if (logins.empty() && !options.plan.json) fmt::print("The vault is empty; godwit vault import fills it.\n");
  co_return Result<>{};
}

Task<Result<>> run_forget(const VaultOptions& options, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto present, co_await ledger.password_logins());
  std::vector<Login> chosen;
  for (const std::string& name : options.logins) {
    const std::size_t before = chosen.size();
    std::ranges::copy_if(present, std::back_inserter(chosen), [&](const Login& login) {
      return login.account == name && (options.side.empty() || options.side == name_of(login.side));
    });
    if (chosen.size() > before) continue;
    co_return fail(ErrorKind::usage, fmt::format("the vault has no password of \"{}\"; godwit vault list shows whose it has",
                                                 printable(name)));
  }
  for (const Login& login : chosen) {
    GODWIT_CO_CHECK(co_await ledger.erase_password(login));
    if (options.plan.json) print_json({{"event", "forgotten"}, {"login", login.account}, {"side", name_of(login.side)}});
    else fmt::print("forgotten: {}  {}\n", name_of(login.side), printable(login.account));
  }
  co_return Result<>{};
}

Task<Result<>> run_change_key(const VaultOptions& options, const plan::Plan& plan, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto known, co_await ledger.vault_key());
  if (!known) co_return fail(ErrorKind::usage, "the ledger has no vault yet; godwit vault import makes one");
  GODWIT_CO_TRY(vault::Vault vault, co_await vault::Vault::open(ledger, key_file_of(plan)));
  GODWIT_CO_CHECK(co_await vault.change_key());
  const std::string key_file = key_file_of(plan).string();
  if (options.plan.json) {
    print_json({{"event", "key changed"}, {"key_file", key_file}, {"key", vault.public_key().name()}});
    co_return Result<>{};
  }
  fmt::print("Everything is sealed with a new key: {}\nCopy it to where the old one was kept, and destroy that.\n", printable(key_file));
  co_return Result<>{};
}

Task<Result<>> run_wipe(const VaultOptions& options, const plan::Plan& plan, ledger::Ledger& ledger) {
  if (!options.is_sure) {
    co_return fail(ErrorKind::usage, "this destroys the key and every sealed password for good; say --yes if that is wanted");
  }
  GODWIT_CO_CHECK(co_await vault::Vault::wipe(ledger, key_file_of(plan)));
  if (options.plan.json) print_json({{"event", "wiped"}});
  else fmt::print("The key is destroyed, and every sealed password is erased. Destroy the copies of the key, too.\n");
  co_return Result<>{};
}

Result<> run(const VaultOptions& options, const Wiring& wiring) {
  if (options.order == "import") {
    GODWIT_TRY(const auto organisation, read_organisation(options.plan));
    GODWIT_TRY(const auto ledger, open_ledger(organisation.plan, wiring));
    return run_here(run_import(options, organisation, *ledger));
  }
  GODWIT_TRY(const auto plan, plan::read_plan(options.plan.plan));
  if (!std::filesystem::exists(plan.ledger)) {
    return fail(codes::no_ledger, fmt::format("{}: there is no ledger yet; godwit vault import makes it", printable(plan.ledger.native())));
  }
  GODWIT_TRY(const auto ledger, open_ledger(plan, wiring));
  if (options.order == "list") return run_here(run_list(options, *ledger));
  if (options.order == "forget") return run_here(run_forget(options, *ledger));
  if (options.order == "change-key") return run_here(run_change_key(options, plan, *ledger));
  return run_here(run_wipe(options, plan, *ledger));
}

}  // namespace

CLI::App& add_vault_command(CLI::App& program, VaultOptions& options, const std::function<void()>& run) {
  CLI::App& command = *program.add_subcommand("vault", "Keep the passwords of a plan sealed in its ledger");
  command.require_subcommand(1);
  command.footer("The key lies in LEDGER.vault-key, or where the plan says (vault_key): without it the sealed passwords are lost.\n"
                 "While godwit migrate runs, the vault is its own; wait, or stop it.\n"
                 "Exit status: 0 done, 2 usage, 6 ledger or key unusable, or in use.\n\n"
                 "Examples:\n"
                 "  godwit vault import                 seals what the accounts file and the password files hold\n"
                 "  godwit vault list                   for whom there are passwords\n"
                 "  godwit vault wipe --yes             when the migration is over");
  const auto add = [&](const std::string& order, const std::string& text, bool chooses) -> CLI::App& {
    CLI::App& each = *command.add_subcommand(order, text);
    add_plan_options(each, options.plan, chooses);
    each.final_callback([&options, order, run] {
      options.order = order;
      run();
    });
    return each;
  };
  add("import", "Seal the passwords of the accounts files and of the servers; those that are there are replaced", true);
  add("list", "For whom there are passwords", false);
  CLI::App& forget = add("forget", "Erase passwords", false);
  forget.add_option("login", options.logins, "Whose, as godwit vault list shows it: \"alice on old.example.com:993\"")->required();
  forget.add_option("--side", options.side, "Only of this side")->check(CLI::IsMember({"source", "target"}));
  add("change-key", "Seal everything with a new key, and destroy the old one", false);
  add("wipe", "Destroy the key, and erase every password", false)
      .add_flag("--yes", options.is_sure, "It is wanted; nothing brings the passwords back");
  return command;
}

int run_vault(const VaultOptions& options, const Wiring& wiring) {
  const auto done = run(options, wiring);
  return done ? 0 : Console(style_for(options.plan.json), {}).failure(done.error());
}

}  // namespace godwit::cli
