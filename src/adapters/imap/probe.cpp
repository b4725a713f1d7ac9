// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/probe.h"

#include "adapters/imap/login.h"
#include "adapters/imap/software.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

bool is_about_the_certificate(const Error& error) {
  const std::uint16_t code = code_of(error);
  return code >= codes::certificate_expired.number && code <= codes::certificate_name_unknown.number;
}

}  // namespace

Task<Result<ImapProbe>> probe(ImapSettings settings) {
  const ImapHost host;
  ImapProbe probe;
  auto client = co_await open_line(settings, host);
  if (!client && is_about_the_certificate(client.error())) {
    probe.distrust = client.error();
    settings.trust = {net::Trust::Mode::always, {}};
    client = co_await open_line(settings, host);
  }
  if (!client) co_return std::unexpected(client.error());
  probe.software = guess_software((*client)->greeting_text(), (*client)->capabilities()).name;
  probe.certificate = (*client)->stream().certificate().value_or(ServerCertificate{});
  (*client)->close();
  co_return probe;
}

}  // namespace godwit::adapters
