// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <fmt/format.h>

#include "app/system.h"
#include "ledger/sqlite_ledger.h"

namespace godwit::app {
namespace {

std::unexpected<Error> no_target(const System& system) {
  return fail(ErrorKind::usage, fmt::format("{} is a source only: nothing can be moved to it", plan::name_of(system.kind)));
}

}  // namespace

cli::Wiring make_wiring() {
  const auto systems = std::make_shared<const Systems>();
  return {
      .source = [systems](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        return system->source(options, std::move(password), plain_ok);
      },
      .target = [systems](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        if (!system->target) return no_target(*system);
        return system->target(options, std::move(password), plain_ok);
      },
      .has_server = [systems](const std::string& url) {
        const auto system = systems->of_url(url);
        return system && plan::has_server((*system)->kind);
      },
      .has_collections = [](const std::string& url) { return is_dav_url(url) || is_sieve_url(url); },
      .collection_source = [](const cli::AccountOptions& options, Secret password, bool plain_ok) {
        const auto make = is_sieve_url(options.url) ? make_sieve_source : make_dav_source;
        return make(options, std::move(password), plain_ok);
      },
      .collection_target = [](const cli::AccountOptions& options, Secret password, bool plain_ok) {
        const auto make = is_sieve_url(options.url) ? make_sieve_target : make_dav_target;
        return make(options, std::move(password), plain_ok);
      },
      .plan_source = [systems](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const System* const system, systems->of(endpoint.system));
        return system->plan_source(endpoint, login, std::move(password));
      },
      .plan_target = [systems](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(const System* const system, systems->of(endpoint.system));
        if (!system->plan_target) return no_target(*system);
        return system->plan_target(endpoint, login, std::move(password));
      },
      .probe = [](const plan::Endpoint& endpoint) { return probe_imap(endpoint); },
      .ledger = [](const std::filesystem::path& file) -> Result<std::unique_ptr<ledger::Ledger>> {
        return ledger::open_sqlite_ledger(file);
      },
  };
}

}  // namespace godwit::app
