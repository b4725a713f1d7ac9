// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <fmt/format.h>

#include "app/system.h"
#include "base/error_code.h"
#include "ledger/sqlite_ledger.h"

namespace godwit::app {
namespace {

std::unexpected<Error> no_target(const System& system) {
  return fail(ErrorKind::usage, fmt::format("{} is a source only: nothing can be moved to it", plan::name_of(system.kind)));
}

Result<> check_options(const System& system, const cli::AccountOptions& options) {
  if (options.mark_read && system.kind != plan::System::pop3) {
    return fail(codes::options_do_not_fit, "--mark-read is for pop3:// and pop3s:// alone: other sources tell which messages are read");
  }
  if (!options.pop3_uidl.empty() && system.kind != plan::System::imap) {
    return fail(codes::options_do_not_fit,
                "--pop3-uidl goes with a source of imap:// or imaps://; the UIDLs of a POP3 source are on record anyway");
  }
  return {};
}

}  // namespace

cli::Wiring make_wiring() {
  const auto systems = std::make_shared<const Systems>();
  return {
      .source = [systems](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        GODWIT_CHECK(check_options(*system, options));
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
