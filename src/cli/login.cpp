// SPDX-License-Identifier: Apache-2.0
#include "cli/login.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/plan_passwords.h"
#include "cli/run_here.h"
#include "cli/token_server.h"
#include "oauth/flows.h"
#include "vault/vault.h"

namespace godwit::cli {
namespace {

using ledger::Side;

struct Place {
  const plan::Endpoint* endpoint;
  Side side;
  std::string user;
};

bool is_by_person(const plan::Endpoint* endpoint) {
  return endpoint != nullptr && endpoint->token && endpoint->token->kind == plan::TokenFrom::Kind::oauth &&
         endpoint->token->oauth.grant == plan::Grant::refresh_token;
}

Result<Place> place_of(const LoginOptions& options, const Organisation& organisation) {
  const plan::Account& account = organisation.accounts.front();
  const Place source{plan::find_endpoint(organisation.plan.sources, account.source), Side::source, account.source_user};
  const Place target{plan::find_endpoint(organisation.plan.targets, account.target), Side::target, account.target_user};
  const bool may_be_source = options.side != "target" && is_by_person(source.endpoint);
  const bool may_be_target = options.side != "source" && is_by_person(target.endpoint);
  if (may_be_source && may_be_target) {
    return fail(codes::options_do_not_fit, "people log in on both sides; say which: --side source or --side target");
  }
  if (may_be_source) return source;
  if (may_be_target) return target;
  return fail(ErrorKind::usage, "nobody has to log in there: the plan does not say oauth with grant = \"refresh_token\" for that server");
}

void tell_code(bool json, const oauth::DeviceCode& code) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(code.lifetime).count();
  if (json) {
    print_json({{"event", "code"}, {"url", code.verification_uri}, {"code", code.user_code}, {"minutes", minutes}});
    return;
  }
  fmt::print("Open {}\nand type {}\nas the owner of the mailbox, within {} minutes.\n", printable(code.verification_uri),
             printable(code.user_code), minutes);
  std::fflush(stdout);
}

void tell_address(bool json, const std::string& url, std::uint32_t minutes) {
  if (json) {
    print_json({{"event", "browser"}, {"url", url}, {"minutes", minutes}});
    return;
  }
  fmt::print("Open this address in a browser on this machine, and log in as the owner of the mailbox, within {} minutes:\n\n  {}\n\n"
             "From another machine: choose a --port, and forward it there with ssh -L PORT:127.0.0.1:PORT.\n", minutes, url);
  std::fflush(stdout);
}

Task<Result<oauth::Token>> log_in(const LoginOptions& options, const Place& place, const TokenServer& server) {
  const bool json = options.plan.json;
  const bool by_device = options.by_device || (!options.by_browser && !server.at.device.empty());
  if (by_device && server.at.device.empty()) {
    co_return fail(codes::options_do_not_fit,
                   "this provider gives no codes for mail (device_url is missing in the plan); use --browser");
  }
  if (by_device) {
    co_return co_await oauth::log_in_by_device(*server.client, server.at, server.application,
                                               [json](const oauth::DeviceCode& code) { tell_code(json, code); });
  }
  if (server.at.authorize.empty()) co_return fail(codes::options_do_not_fit, "authorize_url is missing in the plan; use --device");
  const oauth::BrowserLogin browser{.user = place.user, .port = options.port, .limit = std::chrono::minutes(options.minutes)};
  co_return co_await oauth::log_in_by_browser(*server.client, server.at, server.application, browser,
                                              [&](const std::string& url) { tell_address(json, url, options.minutes); });
}

Task<Result<>> run(const LoginOptions& options, const Organisation& organisation, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const Place place, place_of(options, organisation));
  GODWIT_CO_TRY(vault::Vault vault, co_await vault::Vault::open(ledger, key_file_of(organisation.plan)));
  GODWIT_CO_TRY(const auto server, co_await open_token_server(*place.endpoint, place.side, &vault));
  GODWIT_CO_TRY(oauth::Token token, co_await log_in(options, place, *server));
  if (token.refresh.empty()) {
    co_return fail(codes::token_answer,
                   "the token server gives a token for an hour, but no lasting permission (refresh_token); add what this "
                   "provider wants for that to scope, often offline_access");
  }
  const ledger::Login login = login_of_person(*place.endpoint, place.side, place.user);
  GODWIT_CO_CHECK(co_await vault.keep(login, std::move(token.refresh)));
  GODWIT_CO_CHECK(co_await ledger.make_durable());
  if (options.plan.json) print_json({{"event", "sealed"}, {"login", login.account}, {"side", name_of(place.side)}});
  else fmt::print("The permission is sealed in the vault: {}  {}\nTry it: godwit check --account {}\n", name_of(place.side),
                  printable(login.account), printable(options.account));
  co_return Result<>{};
}

Result<> run(const LoginOptions& options, const Wiring& wiring) {
  PlanOptions chosen = options.plan;
  chosen.accounts = {options.account};
  GODWIT_TRY(const auto organisation, read_organisation(chosen));
  GODWIT_TRY(const auto ledger, open_ledger(organisation.plan, wiring));
  return run_here(run(options, organisation, *ledger));
}

}  // namespace

CLI::App& add_login_command(CLI::App& program, LoginOptions& options) {
  CLI::App& command = *program.add_subcommand("login", "Let a person permit godwit to read their mailbox (OAuth 2.0), and seal that");
  add_plan_options(command, options.plan, false);
  command.add_option("account", options.account, "Whose mailbox, as godwit account list shows it")->required();
  command.add_option("--side", options.side, "On which side, where people log in on both")->check(CLI::IsMember({"source", "target"}));
  CLI::Option* const device = command.add_flag("--device", options.by_device,
                                               "By a code that is typed on any device; where the provider has that, "
                                               "the default");
  command.add_flag("--browser", options.by_browser, "By a browser on this machine")->excludes(device);
  command.add_option("--port", options.port, "Where the browser comes back to on 127.0.0.1; usually any free port")
      ->check(CLI::Range(1, 65535));
  command.add_option("--minutes", options.minutes, "How long to wait for the browser")->check(CLI::Range(1, 120))->capture_default_str();
  command.footer(
      "Only for servers whose plan says oauth with grant = \"refresh_token\". The permission is sealed in the ledger's vault; the person\n"
      "or the provider may withdraw it at any time. While godwit migrate runs, the vault is its own.\n"
      "Exit status: 0 sealed, 2 usage, 3 refused, 4 the token server cannot be reached, 6 ledger or key unusable, or in use.\n\n"
      "Examples:\n"
      "  godwit login alice@example.com              a code to type on any device\n"
      "  godwit login alice@example.com --browser    a browser on this machine");
  return command;
}

int run_login(const LoginOptions& options, const Wiring& wiring) {
  const auto done = run(options, wiring);
  return done ? 0 : Console(style_for(options.plan.json), {}).failure(done.error());
}

}  // namespace godwit::cli
