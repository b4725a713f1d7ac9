// SPDX-License-Identifier: Apache-2.0
#include "app/server_line.h"

#include <fmt/format.h>

#include "app/client_certificate.h"
#include "app/system.h"
#include "base/error_code.h"
#include "cli/password.h"

namespace godwit::app {
namespace {

Result<net::Proxy> proxy_of(const cli::AccountOptions& options) {
  GODWIT_TRY(auto address, parse_proxy_address(options.proxy));
  Secret password;
  if (!address.user.empty()) {
    if (options.proxy_password_file.empty()) {
      return fail(codes::password_missing, "the password of the proxy's user is missing; write --source-proxy-password-file or "
                                           "--target-proxy-password-file");
    }
    GODWIT_TRY(password, cli::read_password(options.proxy_password_file, "", "the proxy"));
  }
  return net::Proxy{std::move(address), std::move(password)};
}

}  // namespace

Result<adapters::LineSettings> line_of(const char* side, const cli::AccountOptions& options) {
  adapters::LineSettings line;
  line.tls.authorities_file = options.ca_file;
  if (!options.tls_min.empty()) {
    GODWIT_TRY(line.tls.least, parse_tls_version(options.tls_min));
  }
  if (!options.ciphers.empty()) {
    GODWIT_TRY(line.tls.legacy_ciphers, parse_legacy_ciphers(options.ciphers));
  }
  if (!options.proxy.empty()) {
    GODWIT_TRY(line.proxy, proxy_of(options));
  }
  GODWIT_TRY(line.trust, trust_of(options));
  GODWIT_TRY(line.certificate, read_client_certificate(options.certificate, options.key));
  if (options.mechanism == "EXTERNAL" && !line.certificate) {
    return fail(codes::options_do_not_fit,
                fmt::format("EXTERNAL logs in with a client certificate: give --{0}-certificate and --{0}-key", side));
  }
  return line;
}

Result<adapters::LineSettings> line_of(const plan::Endpoint& endpoint, const cli::PlanLogin& login) {
  adapters::LineSettings line;
  line.tls = endpoint.tls;
  if (endpoint.security == plan::Security::detect) line.tls_memory = login.tls_memory;
  if (endpoint.proxy) line.proxy = net::Proxy{*endpoint.proxy, login.proxy_password};
  line.trust = trust_of(endpoint);
  GODWIT_TRY(line.certificate, read_client_certificate(endpoint.certificate, endpoint.certificate_key));
  return line;
}

}  // namespace godwit::app
