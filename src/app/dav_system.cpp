// SPDX-License-Identifier: Apache-2.0
#include "adapters/dav/account.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"
#include "cli/password.h"

namespace godwit::app {
namespace {

Result<adapters::DavSettings> settings_of(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  if (!options.mechanism.empty() || !options.certificate.empty() || !options.tls_min.empty() || !options.ciphers.empty() || options.trace) {
    return fail(codes::options_do_not_fit, "a davs:// account takes no mechanism, certificate, TLS version, ciphers or trace; leave them out");
  }
  adapters::DavSettings settings;
  GODWIT_TRY(settings.url, adapters::parse_dav_url(options.url));
  GODWIT_TRY(settings.trust, trust_of(options));
  settings.authorities_file = options.ca_file;
  settings.password = std::move(password);
  settings.token = cli::token_supply_of(options, settings.url.server.user);
  settings.plain_ok = plain_ok;
  if (options.proxy.empty()) return settings;
  GODWIT_TRY(settings.proxy, parse_proxy_address(options.proxy));
  if (!settings.proxy->user.empty()) {
    GODWIT_TRY(settings.proxy_password, cli::read_password(options.proxy_password_file, "", "the proxy"));
  }
  return settings;
}

Result<std::unique_ptr<endpoint::CollectionSource>> open_source(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  GODWIT_TRY(auto settings, settings_of(options, std::move(password), plain_ok));
  return adapters::make_dav_source(std::move(settings));
}

Result<std::unique_ptr<endpoint::CollectionTarget>> open_target(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  GODWIT_TRY(auto settings, settings_of(options, std::move(password), plain_ok));
  return adapters::make_dav_target(std::move(settings));
}

}  // namespace

System make_dav_system() {
  System system;
  system.kind = plan::System::dav;
  system.schemes = {"dav", "davs"};
  system.collection_source = open_source;
  system.collection_target = open_target;
  return system;
}

}  // namespace godwit::app
