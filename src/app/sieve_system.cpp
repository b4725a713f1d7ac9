// SPDX-License-Identifier: Apache-2.0
#include "adapters/sieve/account.h"
#include "app/client_certificate.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"
#include "cli/password.h"

namespace godwit::app {
namespace {

constexpr std::string_view folder_scheme = "sievedir:";

Result<> apply_line(const cli::AccountOptions& options, adapters::SieveSettings& settings) {
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
    GODWIT_TRY(password, cli::read_password(options.proxy_password_file, "", "the proxy"));
  }
  settings.proxy = net::Proxy{std::move(address), std::move(password)};
  return {};
}

Result<adapters::SieveSettings> settings_of(const char* side, const cli::AccountOptions& options, Secret password, bool plain_ok) {
  adapters::SieveSettings settings;
  GODWIT_TRY(settings.url, endpoint::parse_server_url(options.url, adapters::sieve_url_form));
  GODWIT_TRY(settings.trust, trust_of(options));
  GODWIT_TRY(settings.certificate, read_client_certificate(options.certificate, options.key));
  GODWIT_CHECK(apply_line(options, settings));
  settings.mechanism = options.mechanism;
  settings.password = std::move(password);
  settings.token = cli::token_supply_of(options, settings.url.user);
  settings.plain_ok = plain_ok;
  if (options.trace) settings.trace = std::make_shared<net::Trace>(side, sink_of(options.trace), net::TraceOptions{.bodies = options.trace_bodies});
  return settings;
}

Result<std::unique_ptr<endpoint::CollectionSource>> open_source(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  if (starts_with_ignoring_case(options.url, folder_scheme)) {
    GODWIT_TRY(auto path, path_of_url(options.url));
    return adapters::make_sieve_folder_source(std::move(path));
  }
  GODWIT_TRY(auto settings, settings_of("source", options, std::move(password), plain_ok));
  return adapters::make_sieve_source(std::move(settings));
}

Result<std::unique_ptr<endpoint::CollectionTarget>> open_target(const cli::AccountOptions& options, Secret password, bool plain_ok) {
  if (starts_with_ignoring_case(options.url, folder_scheme)) {
    return fail(ErrorKind::usage, "a folder of Sieve scripts is a source only: give a sieve:// account as the target");
  }
  GODWIT_TRY(auto settings, settings_of("target", options, std::move(password), plain_ok));
  return adapters::make_sieve_target(std::move(settings));
}

}  // namespace

System make_sieve_system() {
  System system;
  system.kind = plan::System::sieve;
  system.schemes = {"sieve", "sieves", "sievedir"};
  system.collection_source = open_source;
  system.collection_target = open_target;
  return system;
}

}  // namespace godwit::app
