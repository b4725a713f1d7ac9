// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/url.h"
#include "adapters/pop3/account.h"
#include "adapters/pop3/unique_ids.h"
#include "app/server_line.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {
namespace {

std::shared_ptr<pop3::Trace> trace_to(std::shared_ptr<LineFile> file, bool bodies) {
  if (!file) return nullptr;
  return std::make_shared<pop3::Trace>("source", sink_of(std::move(file)), pop3::TraceOptions{.bodies = bodies});
}

Result<adapters::Pop3Settings> settings_of(const cli::AccountOptions& options, endpoint::ServerUrl url, Secret password, bool plain_ok) {
  adapters::Pop3Settings settings;
  GODWIT_TRY(static_cast<adapters::LineSettings&>(settings), line_of("source", options));
  settings.url = std::move(url);
  settings.mechanism = options.mechanism;
  settings.password = std::move(password);
  settings.token = cli::token_supply_of(options, settings.url.user);
  settings.plain_ok = plain_ok;
  settings.mark_read = options.mark_read;
  settings.trace = trace_to(options.trace, options.trace_bodies);
  return settings;
}

Result<adapters::Pop3Settings> settings_of(const plan::Endpoint& endpoint, endpoint::ServerUrl url, const cli::PlanLogin& login,
                                           Secret password, std::shared_ptr<adapters::LoginGuard> guard) {
  adapters::Pop3Settings settings;
  GODWIT_TRY(static_cast<adapters::LineSettings&>(settings), line_of(endpoint, login));
  settings.url = std::move(url);
  settings.login_name = login.name;
  settings.authorization = login.authorization;
  settings.mechanism = endpoint.mechanism;
  settings.password = std::move(password);
  settings.token = login.token;
  settings.guard = std::move(guard);
  settings.plain_ok = endpoint.security == plan::Security::none;
  settings.mark_read = endpoint.mark_read;
  settings.on_software = login.on_software;
  settings.trace = trace_to(login.trace, login.trace_bodies);
  return settings;
}

}  // namespace

Result<std::unique_ptr<endpoint::Source>> with_pop3_uidl(std::unique_ptr<endpoint::Source> inner, const cli::AccountOptions& options,
                                                         Secret password, bool plain_ok) {
  if (options.pop3_uidl.empty()) return inner;
  GODWIT_TRY(auto url, endpoint::parse_host_url(options.pop3_uidl, endpoint::pop3_url_form));
  GODWIT_TRY(const auto account, adapters::parse_imap_url(options.url));
  url.user = account.user;
  GODWIT_TRY(auto settings, settings_of(options, std::move(url), std::move(password), plain_ok));
  return adapters::with_unique_ids(std::move(inner), std::move(settings));
}

Result<std::unique_ptr<endpoint::Source>> with_pop3_uidl(std::unique_ptr<endpoint::Source> inner, const plan::Endpoint& endpoint,
                                                         const cli::PlanLogin& login, Secret password,
                                                         std::shared_ptr<adapters::LoginGuard> guard) {
  if (!endpoint.pop3_uidl) return inner;
  endpoint::ServerUrl url = *endpoint.pop3_uidl;
  url.user = login.mailbox;
  GODWIT_TRY(auto settings, settings_of(endpoint, std::move(url), login, std::move(password), std::move(guard)));
  settings.tls_memory = nullptr;  // its URL says what it is
  settings.on_software = {};
  return adapters::with_unique_ids(std::move(inner), std::move(settings));
}

System make_pop3_system() {
  const auto guard = std::make_shared<adapters::LoginGuard>();
  return {
      .kind = plan::System::pop3,
      .schemes = {endpoint::pop3_url_form.plain, endpoint::pop3_url_form.encrypted},
      .source = [](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto url, endpoint::parse_server_url(options.url, endpoint::pop3_url_form));
        GODWIT_TRY(auto settings, settings_of(options, std::move(url), std::move(password), plain_ok));
        return adapters::make_pop3_source(std::move(settings));
      },
      .target = nullptr,
      .plan_source = [guard](const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                        Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        endpoint::ServerUrl url{plan::begins_with_tls(endpoint.security), login.mailbox, endpoint.host, endpoint.port};
        GODWIT_TRY(auto settings, settings_of(endpoint, std::move(url), login, std::move(password), guard));
        return adapters::make_pop3_source(std::move(settings));
      },
      .plan_target = nullptr,
  };
}

}  // namespace godwit::app
