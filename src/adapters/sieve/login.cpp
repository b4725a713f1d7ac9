// SPDX-License-Identifier: Apache-2.0
#include "adapters/sieve/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "sasl/registry.h"
#include "sasl/repeated_secret.h"

namespace godwit::adapters {
namespace {

const std::string& login_name(const SieveSettings& settings) {
  return settings.login_name.empty() ? settings.url.user : settings.login_name;
}

Task<Result<std::unique_ptr<net::Stream>>> start_tls(std::unique_ptr<net::Stream> plain, const SieveSettings& settings) {
  return net::start_tls(std::move(plain), settings.url.host, settings.trust, settings.tls, settings.certificate);
}

Task<Result<std::unique_ptr<net::Stream>>> open_stream(const SieveSettings& settings) {
  const auto& url = settings.url;
  auto stream = settings.proxy ? co_await net::connect_through(*settings.proxy, url.host, url.port, settings.connect_limit)
                               : co_await net::connect(url.host, url.port, settings.connect_limit);
  if (!stream) co_return stream;
  (*stream)->set_wait_limit(settings.login_limit);
  if (!url.implicit_tls) co_return stream;
  co_return co_await start_tls(*std::move(stream), settings);
}

Task<Result<>> secure(sieve::Client& client, const SieveSettings& settings) {
  if (!client.capabilities().has("STARTTLS")) {
    co_return fail(codes::starttls_not_offered, "the server offers no STARTTLS; use sieves:// where its port begins with TLS, or "
                                                "--plain-ok to send everything unencrypted");
  }
  const auto upgrade = [&settings](std::unique_ptr<net::Stream> plain) { return start_tls(std::move(plain), settings); };
  auto secured = co_await client.starttls(upgrade);
  if (secured || secured.error().kind != ErrorKind::refused) co_return secured;
  co_return fail(codes::starttls_not_offered, "the server refuses STARTTLS; use --plain-ok to send everything unencrypted",
                 secured.error().server_text);
}

// A certificate says who one is, not whose scripts they are to be: that is always said.
sasl::Credentials credentials_for(const sasl::KnownMechanism& way, const SieveSettings& settings) {
  const bool is_silent = way.needs == sasl::Needs::certificate && settings.authorization.empty();
  return {.authorization = is_silent ? login_name(settings) : settings.authorization, .authentication = login_name(settings),
          .secret = settings.password, .host = settings.url.host, .port = settings.url.port};
}

Error no_way_in(const sieve::Client& client, const SieveSettings& settings) {
  const std::string offered = fmt::format("{}", fmt::join(client.capabilities().words("SASL"), ", "));
  const std::string offer = offered.empty() ? "it offers none there; use STARTTLS or sieves://" : "it offers " + printable(offered);
  if (!settings.mechanism.empty()) {
    return make_error(codes::login_unsupported, "the server does not offer a login by " + printable(settings.mechanism) + "; " + offer);
  }
  if (settings.token) return make_error(codes::login_unsupported, "the server takes no access token (OAUTHBEARER, XOAUTH2); " + offer);
  if (!settings.authorization.empty()) {
    return make_error(codes::login_unsupported, "a login for somebody else needs PLAIN or SCRAM; " + offer);
  }
  return make_error(codes::login_unsupported, "the server takes no login with a password; " + offer);
}

// Whatever sends the password itself goes first: servers announce exchanges for which they keep no secret.
constexpr std::string_view by_itself[] = {"PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"};
constexpr std::string_view with_token[] = {"OAUTHBEARER", "XOAUTH2"};

// One refusal of a password is the end: a second try in another way could lock the account.
Task<Result<>> try_ways_in(sieve::Client& client, const SieveSettings& settings) {
  std::span<const std::string_view> names = by_itself;
  const std::string_view chosen = settings.mechanism;
  if (settings.token) names = with_token;
  if (!chosen.empty()) names = {&chosen, 1};
  for (const std::string_view name : names) {
    const sasl::KnownMechanism* const way = sasl::find_mechanism(name);
    const bool is_usable = way != nullptr && !way->binds && (settings.authorization.empty() || way->is_for_others);
    if (!is_usable || !client.capabilities().has_mechanism(name)) continue;
    auto done = co_await client.authenticate(way->make(credentials_for(*way, settings), {}));
    if (done || done.error().kind != ErrorKind::not_understood) co_return done;
  }
  co_return std::unexpected(no_way_in(client, settings));
}

Task<Result<>> begin(sieve::Client& client, const SieveSettings& settings) {
  GODWIT_CO_CHECK(co_await client.greeting());
  if (!settings.url.implicit_tls && !settings.plain_ok) GODWIT_CO_CHECK(co_await secure(client, settings));
  co_return Result<>{};
}

Task<Result<std::unique_ptr<sieve::Client>>> log_in_once(const SieveSettings& settings) {
  const std::string place = settings.url.host_identity(sieve_url_form);
  auto stream = co_await open_stream(settings);
  if (!stream) co_return std::unexpected(std::move(stream).error().at(place));
  sieve::ClientOptions options;
  if (settings.trace) options.trace = settings.trace->begin_connection({settings.password});
  auto client = std::make_unique<sieve::Client>(*std::move(stream), std::move(options));
  if (auto begun = co_await begin(*client, settings); !begun) co_return std::unexpected(std::move(begun).error().at(place));
  auto done = co_await try_ways_in(*client, settings);
  if (done) done = co_await client->capability();
  if (!done) {
    Error error = sasl::without_secret(std::move(done).error(), settings.password);
    co_return std::unexpected(std::move(error).at(place + ": user " + printable(login_name(settings))));
  }
  client->set_wait_limit(settings.work_limit);
  co_return client;
}

}  // namespace

// A token that the server refuses may have expired: another one is tried, once, where there is another.
Task<Result<std::unique_ptr<sieve::Client>>> log_in(const SieveSettings& settings) {
  if (!settings.token) co_return co_await log_in_once(settings);
  SieveSettings attempt = settings;
  GODWIT_CO_TRY(attempt.password, co_await settings.token(Secret()));
  auto client = co_await log_in_once(attempt);
  if (client || client.error().code != codes::login_refused.number) co_return client;
  GODWIT_CO_TRY(Secret other, co_await settings.token(attempt.password));
  if (other.reveal() == attempt.password.reveal()) co_return client;
  attempt.password = std::move(other);
  co_return co_await log_in_once(attempt);
}

}  // namespace godwit::adapters
