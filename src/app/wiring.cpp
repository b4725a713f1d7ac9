// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <fmt/format.h>

#include "app/system.h"
#include "base/error_code.h"
#include "ledger/sqlite_ledger.h"

namespace godwit::app {
namespace {

std::unexpected<Error> no_mail(const System& system) {
  return fail(codes::options_do_not_fit,
              fmt::format("{} holds no mail: give accounts of calendars, address books or filters on both sides, or of mail",
                          plan::name_of(system.kind)));
}

std::unexpected<Error> no_collections(const System& system) {
  return fail(codes::options_do_not_fit, fmt::format("{} holds no calendars, address books or filters that godwit can move {} it",
                                                     plan::name_of(system.kind), system.collection_source ? "to" : "from or to"));
}

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
        if (!system->source) return no_mail(*system);
        GODWIT_CHECK(check_options(*system, options));
        return system->source(options, std::move(password), plain_ok);
      },
      .target = [systems](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        if (!system->source) return no_mail(*system);
        if (!system->target) return no_target(*system);
        return system->target(options, std::move(password), plain_ok);
      },
      .has_server = [systems](const std::string& url) {
        const auto system = systems->of_url(url);
        return system && plan::has_server((*system)->kind) && url.find("//") == url.find(':') + 1;
      },
      .has_collections = [systems](const std::string& url) {
        const auto system = systems->of_url(url);
        return system && (*system)->collection_source && !(*system)->source;
      },
      .collection_source = [systems](const cli::AccountOptions& options, Secret password,
                                     bool plain_ok) -> Result<std::unique_ptr<endpoint::CollectionSource>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        if (!system->collection_source) return no_collections(*system);
        return system->collection_source(options, std::move(password), plain_ok);
      },
      .collection_target = [systems](const cli::AccountOptions& options, Secret password,
                                     bool plain_ok) -> Result<std::unique_ptr<endpoint::CollectionTarget>> {
        GODWIT_TRY(const System* const system, systems->of_url(options.url));
        if (!system->collection_target) return no_collections(*system);
        return system->collection_target(options, std::move(password), plain_ok);
      },
      .is_source_only = [systems](const std::string& url) {
        const auto system = systems->of_url(url);
        return system && !(*system)->target;
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
