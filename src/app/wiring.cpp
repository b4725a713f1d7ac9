// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include "adapters/imap/account.h"
#include "adapters/imap/probe.h"
#include "base/error_code.h"
#include "base/text.h"
#include "ledger/sqlite_ledger.h"

namespace godwit::app {
namespace {

Result<adapters::ImapSettings> imap_settings(const char* side, const cli::AccountOptions& options, Secret password, bool plain_ok) {
  adapters::ImapSettings settings;
  GODWIT_TRY(settings.url, adapters::parse_imap_url(options.url));
  settings.password = std::move(password);
  settings.plain_ok = plain_ok;
  if (options.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(options.trace), imap::TraceOptions{.bodies = options.trace_bodies});
  }
  if (options.trust_always) settings.trust.mode = net::Trust::Mode::always;
  if (!options.trust_fingerprint.empty()) {
    const auto fingerprint = from_hex(options.trust_fingerprint);
    if (!fingerprint || fingerprint->size() != 32) {
      return fail(codes::fingerprint_form, "a fingerprint is 64 hexadecimal digits (SHA-256), colons allowed: " +
                                        printable(options.trust_fingerprint));
    }
    settings.trust = {net::Trust::Mode::fingerprint, *fingerprint};
  }
  return settings;
}

Result<adapters::ImapSettings> imap_settings(const char* side, const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                                             Secret password) {
  adapters::ImapSettings settings;
  settings.url = {endpoint.security == plan::Security::tls, login.mailbox, endpoint.host, endpoint.port};
  settings.login_name = login.name;
  settings.authorization = login.authorization;
  settings.password = std::move(password);
  settings.plain_ok = endpoint.security == plan::Security::none;
  settings.on_software = login.on_software;
  settings.labels = endpoint.labels;
  if (login.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(login.trace), imap::TraceOptions{.bodies = login.trace_bodies});
  }
  using Mode = plan::Trust::Mode;
  if (endpoint.trust.mode == Mode::always) settings.trust.mode = net::Trust::Mode::always;
  if (endpoint.trust.mode == Mode::fingerprint) settings.trust = {net::Trust::Mode::fingerprint, endpoint.trust.fingerprint};
  return settings;
}

Task<Result<cli::ServerProbe>> probe(const plan::Endpoint& endpoint) {
  cli::PlanLogin nobody;
  nobody.mailbox = "nobody";
  GODWIT_CO_TRY(auto settings, imap_settings("probe", endpoint, nobody, Secret()));
  settings.connect_limit = settings.login_limit = std::chrono::seconds(5);
  GODWIT_CO_TRY(auto found, co_await adapters::probe(std::move(settings)));
  co_return cli::ServerProbe{std::move(found.software), std::move(found.certificate), std::move(found.distrust)};
}

}  // namespace

cli::Wiring make_wiring() {
  return {
      .source = [](const cli::AccountOptions& options, Secret password,
                   bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, imap_settings("source", options, std::move(password), plain_ok));
        return adapters::make_imap_source(std::move(settings));
      },
      .target = [](const cli::AccountOptions& options, Secret password,
                   bool plain_ok) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", options, std::move(password), plain_ok));
        return adapters::make_imap_target(std::move(settings));
      },
      .plan_source = [](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, imap_settings("source", endpoint, login, std::move(password)));
        return adapters::make_imap_source(std::move(settings));
      },
      .plan_target = [](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", endpoint, login, std::move(password)));
        return adapters::make_imap_target(std::move(settings));
      },
      .probe = [](const plan::Endpoint& endpoint) { return probe(endpoint); },
      .ledger = [](const std::filesystem::path& file) -> Result<std::unique_ptr<ledger::Ledger>> {
        return ledger::open_sqlite_ledger(file);
      },
  };
}

}  // namespace godwit::app
