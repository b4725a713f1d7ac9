// SPDX-License-Identifier: Apache-2.0
// A line whose security is to be found out, by order of the plan: TLS, else STARTTLS (STLS), else nothing.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "adapters/line/line.h"
#include "base/error_code.h"

namespace godwit::adapters {

// Whether the server does not speak TLS from the first byte at all, as far as this failure of it tells.
[[nodiscard]] bool speaks_no_tls(const Error& error);
[[nodiscard]] bool offers_no_starttls(const Error& error);
[[nodiscard]] Error tls_is_gone(std::string place);
inline constexpr std::chrono::milliseconds longest_first_connect{5'000};  // firewalls drop packets to the port of TLS

struct DetectPorts {
  std::uint16_t tls, starttls;  // the second takes the place of the first
};

// `open` opens a line as its settings order it, without detecting, and notes in settings.tls_memory when TLS stands. Goes on to the next
// way only where the server does not speak the present one at all; whatever else fails is the outcome, a certificate that is not trusted
// above all. In the clear only where settings.tls_memory has never seen the host with TLS; else the error is tls_gone. `place_of` gives the
// server's name for people. Settings are LineSettings with `url` and `plain_ok`.
template <class Client, class Settings>
Task<Result<std::unique_ptr<Client>>> open_by_detecting(Settings settings, DetectPorts ports,
                                                        std::function<Task<Result<std::unique_ptr<Client>>>(const Settings&)> open,
                                                        std::string (*place_of)(const Settings&)) {
  settings.plain_ok = false;
  Settings attempt = settings;
  attempt.url.implicit_tls = true;
  attempt.connect_limit = std::min(settings.connect_limit, longest_first_connect);
  auto client = co_await open(attempt);
  if (client || !speaks_no_tls(client.error())) co_return client;
  const Error before = client.error();
  attempt = settings;
  attempt.url.implicit_tls = false;
  if (attempt.url.port == ports.tls) attempt.url.port = ports.starttls;
  client = co_await open(attempt);
  if (client) co_return client;
  if (!offers_no_starttls(client.error())) {
    Error error = std::move(client).error();
    error.what += fmt::format("; with TLS from the first byte: {}", before.what);
    co_return std::unexpected(std::move(error));
  }
  GODWIT_CO_TRY(const bool was_seen, co_await settings.tls_memory->has_seen(settings.url.host));
  if (was_seen) co_return std::unexpected(tls_is_gone(place_of(attempt)));
  attempt.plain_ok = true;
  co_return co_await open(attempt);
}

}  // namespace godwit::adapters
