// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "adapters/pop3/account.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {
namespace {

std::shared_ptr<pop3::Trace> trace_to(std::shared_ptr<LineFile> file, bool bodies) {
  if (!file) return nullptr;
  return std::make_shared<pop3::Trace>("source", sink_of(std::move(file)), pop3::TraceOptions{.bodies = bodies});
}

Result<adapters::Pop3Settings> settings_of(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  adapters::Pop3Settings settings;
  GODWIT_TRY(settings.url, endpoint::parse_server_url(options.url, adapters::pop3_url_form));
  GODWIT_TRY(settings.trust, trust_of(options));
  settings.password = std::move(password);
  settings.plain_ok = plain_ok;
  settings.trace = trace_to(options.trace, options.trace_bodies);
  return settings;
}

adapters::Pop3Settings settings_of(const plan::Endpoint& endpoint, const cli::PlanLogin& login, Secret password) {
  adapters::Pop3Settings settings;
  settings.url = {endpoint.security == plan::Security::tls, login.mailbox, endpoint.host, endpoint.port};
  settings.trust = trust_of(endpoint);
  settings.login_name = login.name;
  settings.authorization = login.authorization;
  settings.password = std::move(password);
  settings.plain_ok = endpoint.security == plan::Security::none;
  settings.mark_read = endpoint.mark_read;
  settings.on_software = login.on_software;
  settings.trace = trace_to(login.trace, login.trace_bodies);
  return settings;
}

}  // namespace

System make_pop3_system() {
  return {
      .kind = plan::System::pop3,
      .schemes = {adapters::pop3_url_form.plain, adapters::pop3_url_form.encrypted},
      .source = [](const cli::AccountOptions& options, Secret password, bool plain_ok) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, settings_of(options, std::move(password), plain_ok));
        return adapters::make_pop3_source(std::move(settings));
      },
      .target = nullptr,
      .plan_source = [](const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                        Secret password) -> Result<std::unique_ptr<endpoint::Source>> {
        return adapters::make_pop3_source(settings_of(endpoint, login, std::move(password)));
      },
      .plan_target = nullptr,
  };
}

}  // namespace godwit::app
