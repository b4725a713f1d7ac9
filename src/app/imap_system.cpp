// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/account.h"
#include "adapters/imap/probe.h"
#include "app/server_line.h"
#include "app/system.h"

namespace godwit::app {
namespace {

Result<adapters::ImapSettings> imap_settings(const char* side, const cli::AccountOptions& options, Secret password, bool plain_ok) {
  adapters::ImapSettings settings;
  GODWIT_TRY(settings.url, adapters::parse_imap_url(options.url));
  GODWIT_TRY(static_cast<adapters::LineSettings&>(settings), line_of(side, options));
  settings.password = std::move(password);
  settings.token = cli::token_supply_of(options, settings.url.user);
  settings.plain_ok = plain_ok;
  if (options.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(options.trace), imap::TraceOptions{.bodies = options.trace_bodies});
  }
  settings.mechanism = options.mechanism;
  return settings;
}

Result<adapters::ImapSettings> imap_settings(const char* side, const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                                             Secret password) {
  adapters::ImapSettings settings;
  GODWIT_TRY(static_cast<adapters::LineSettings&>(settings), line_of(endpoint, login));
  settings.url = {plan::begins_with_tls(endpoint.security), login.mailbox, endpoint.host, endpoint.port};
  settings.login_name = login.name;
  settings.authorization = login.authorization;
  settings.mechanism = endpoint.mechanism;
  settings.admin_command = endpoint.admin_command;
  settings.password = std::move(password);
  settings.token = login.token;
  settings.plain_ok = endpoint.security == plan::Security::none;
  settings.on_software = login.on_software;
  settings.labels = endpoint.labels;
  if (login.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(login.trace), imap::TraceOptions{.bodies = login.trace_bodies});
  }
  return settings;
}

}  // namespace

Task<Result<cli::ServerProbe>> probe_imap(plan::Endpoint endpoint) {
  cli::PlanLogin nobody;
  nobody.mailbox = "nobody";
  GODWIT_CO_TRY(auto settings, imap_settings("probe", endpoint, nobody, Secret()));
  settings.connect_limit = settings.login_limit = std::chrono::seconds(5);
  GODWIT_CO_TRY(auto found, co_await adapters::probe(std::move(settings)));
  co_return cli::ServerProbe{std::move(found.software), std::move(found.certificate), std::move(found.distrust)};
}

System make_imap_system() {
  const auto guard = std::make_shared<adapters::LoginGuard>();
  return {
      .kind = plan::System::imap,
      .schemes = {"imap", "imaps"},
      .source = [](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, imap_settings("source", options, password, plain_ok));
        return with_pop3_uidl(adapters::make_imap_source(std::move(settings)), options, std::move(password), plain_ok);
      },
      .target = [](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", options, std::move(password), plain_ok));
        return adapters::make_imap_target(std::move(settings));
      },
      .plan_source = [guard](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, imap_settings("source", endpoint, login, password));
        settings.guard = guard;
        return with_pop3_uidl(adapters::make_imap_source(std::move(settings)), endpoint, login, std::move(password), guard);
      },
      .plan_target = [guard](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", endpoint, login, std::move(password)));
        settings.guard = guard;
        return adapters::make_imap_target(std::move(settings));
      },
  };
}

}  // namespace godwit::app
