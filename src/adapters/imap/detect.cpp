// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/detect.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::uint16_t tls_port = 993, starttls_port = 143;
// A firewall that drops packets to the port of TLS is common, and every connection asks there first.
constexpr std::chrono::milliseconds first_connect_limit{5'000};

bool is(const Error& error, std::initializer_list<ErrorCode> wanted) {
  return std::ranges::any_of(wanted, [&](ErrorCode each) { return code_of(error) == each.number; });
}

bool speaks_no_tls(const Error& error) {
  return is(error, {codes::cannot_connect, codes::cannot_connect_in_time, codes::proxy_cannot_connect, codes::tls_not_spoken,
                    codes::closed_by_server, codes::connection_broken, codes::server_silent});
}

bool offers_no_starttls(const Error& error) { return is(error, {codes::starttls_not_offered, codes::starttls_not_possible}); }

ImapSettings with_tls(const ImapSettings& settings) {
  ImapSettings attempt = settings;
  attempt.plain_ok = false;
  attempt.url.implicit_tls = true;
  attempt.connect_limit = std::min(settings.connect_limit, first_connect_limit);
  return attempt;
}

ImapSettings with_starttls(const ImapSettings& settings) {
  ImapSettings attempt = settings;
  attempt.plain_ok = false;
  attempt.url.implicit_tls = false;
  if (attempt.url.port == tls_port) attempt.url.port = starttls_port;
  return attempt;
}

Error tls_is_gone(const ImapSettings& settings) {
  return make_error(codes::tls_gone,
                    "no TLS is offered now, but it was before: nothing is sent in the clear. Somebody may sit on the line; if the server "
                    "really has no TLS any more, write security = \"none\"",
                    {}, settings.url.host_identity());
}

Error neither(Error error, const Error& before) {
  error.what += fmt::format("; with TLS from the first byte: {}", before.what);
  return error;
}

}  // namespace

Task<Result<std::unique_ptr<imap::Client>>> open_detected(const ImapSettings& settings, OpenLine open) {
  auto client = co_await open(with_tls(settings));
  if (!client && speaks_no_tls(client.error())) {
    const Error before = client.error();
    client = co_await open(with_starttls(settings));
    if (!client && offers_no_starttls(client.error())) {
      GODWIT_CO_TRY(const bool was_seen, co_await settings.tls_memory->has_seen(settings.url.host));
      ImapSettings plain = with_starttls(settings);
      if (was_seen) co_return std::unexpected(tls_is_gone(plain));
      plain.plain_ok = true;
      co_return co_await open(plain);
    }
    if (!client) co_return std::unexpected(neither(std::move(client).error(), before));
  }
  co_return client;
}

std::vector<std::string> warnings_of_line(const ImapSettings& settings, const imap::Client& client) {
  const std::string place = printable(settings.url.host);
  const std::string security = client.stream().security();
  if (security.empty() && settings.tls_memory) {
    return {fmt::format("the line to {} is NOT encrypted: security = \"detect\" found neither TLS nor STARTTLS; passwords and mail can be "
                        "read on the way", place)};
  }
  if (is_outdated_tls(security)) {
    return {fmt::format("the line to {} uses {}, which is broken, by order of tls_min; update the server as soon as you can", place,
                        security)};
  }
  return {};
}

}  // namespace godwit::adapters
