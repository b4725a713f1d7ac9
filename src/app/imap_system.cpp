// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "adapters/imap/account.h"
#include "adapters/imap/login_guard.h"
#include "adapters/imap/probe.h"
#include "app/client_certificate.h"
#include "app/system.h"
#include "base/error_code.h"
#include "cli/password.h"

namespace godwit::app {
namespace {

// How the line is opened, as the options say it.
Result<> apply_line(const cli::AccountOptions& options, adapters::ImapSettings& settings) {
  settings.tls.authorities_file = options.ca_file;
  if (!options.tls_min.empty()) {
    GODWIT_TRY(settings.tls.least, parse_tls_version(options.tls_min));
  }
  if (!options.ciphers.empty()) {
    GODWIT_TRY(settings.tls.legacy_ciphers, parse_legacy_ciphers(options.ciphers));
  }
  if (options.proxy.empty()) return {};
  GODWIT_TRY(auto address, parse_proxy_address(options.proxy));
  Secret password;
  if (!address.user.empty()) {
    if (options.proxy_password_file.empty()) {
      return fail(codes::password_missing, "the password of the proxy's user is missing; write --source-proxy-password-file or "
                                           "--target-proxy-password-file");
    }
    GODWIT_TRY(password, cli::read_password(options.proxy_password_file, "", "the proxy"));
  }
  settings.proxy = net::Proxy{std::move(address), std::move(password)};
  return {};
}

void apply_line(const plan::Endpoint& endpoint, const cli::PlanLogin& login, adapters::ImapSettings& settings) {
  settings.tls = endpoint.tls;
  if (endpoint.security == plan::Security::detect) settings.tls_memory = login.tls_memory;
  if (endpoint.proxy) settings.proxy = net::Proxy{*endpoint.proxy, login.proxy_password};
}

Result<adapters::ImapSettings> imap_settings(const char* side, const cli::AccountOptions& options, Secret password, bool plain_ok) {
  adapters::ImapSettings settings;
  GODWIT_TRY(settings.url, adapters::parse_imap_url(options.url));
  settings.password = std::move(password);
  settings.token = cli::token_supply_of(options, settings.url.user);
  settings.plain_ok = plain_ok;
  GODWIT_CHECK(apply_line(options, settings));
  if (options.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(options.trace), imap::TraceOptions{.bodies = options.trace_bodies});
  }
  GODWIT_TRY(settings.trust, trust_of(options));
  settings.mechanism = options.mechanism;
  GODWIT_TRY(settings.certificate, read_client_certificate(options.certificate, options.key));
  if (settings.mechanism == "EXTERNAL" && !settings.certificate) {
    return fail(codes::options_do_not_fit,
                fmt::format("EXTERNAL logs in with a client certificate: give --{0}-certificate and --{0}-key", side));
  }
  return settings;
}

Result<adapters::ImapSettings> imap_settings(const char* side, const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                                             Secret password) {
  adapters::ImapSettings settings;
  settings.url = {plan::begins_with_tls(endpoint.security), login.mailbox, endpoint.host, endpoint.port};
  settings.login_name = login.name;
  settings.authorization = login.authorization;
  settings.mechanism = endpoint.mechanism;
  settings.admin_command = endpoint.admin_command;
  GODWIT_TRY(settings.certificate, read_client_certificate(endpoint.certificate, endpoint.certificate_key));
  settings.password = std::move(password);
  settings.token = login.token;
  settings.plain_ok = endpoint.security == plan::Security::none;
  settings.on_software = login.on_software;
  apply_line(endpoint, login, settings);
  settings.labels = endpoint.labels;
  if (login.trace) {
    settings.trace = std::make_shared<imap::Trace>(side, sink_of(login.trace), imap::TraceOptions{.bodies = login.trace_bodies});
  }
  settings.trust = trust_of(endpoint);
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
        GODWIT_TRY(auto settings, imap_settings("source", options, std::move(password), plain_ok));
        return adapters::make_imap_source(std::move(settings));
      },
      .target = [](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", options, std::move(password), plain_ok));
        return adapters::make_imap_target(std::move(settings));
      },
      .plan_source = [guard](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, imap_settings("source", endpoint, login, std::move(password)));
        settings.guard = guard;
        return adapters::make_imap_source(std::move(settings));
      },
      .plan_target = [guard](const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, imap_settings("target", endpoint, login, std::move(password)));
        settings.guard = guard;
        return adapters::make_imap_target(std::move(settings));
      },
  };
}

}  // namespace godwit::app
