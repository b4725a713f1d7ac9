// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/login.h"

#include <algorithm>

#include "adapters/line/detect.h"
#include "adapters/line/token.h"
#include "adapters/pop3/turn.h"
#include "base/error_code.h"
#include "base/text.h"
#include "sasl/registry.h"

namespace godwit::adapters {
namespace {

std::string place_of(const Pop3Settings& settings) { return settings.url.host_identity(pop3_url_form); }

const std::string& login_name(const Pop3Settings& settings) {
  return settings.login_name.empty() ? settings.url.user : settings.login_name;
}

sasl::Credentials credentials_of(const Pop3Settings& settings) {
  return {.authorization = settings.authorization, .authentication = login_name(settings), .secret = settings.password,
          .host = settings.url.host, .port = settings.url.port};
}

// A certificate says who one is, not whose maildrop it is to be.
sasl::Credentials credentials_for(const sasl::KnownMechanism& way, const Pop3Settings& settings) {
  sasl::Credentials credentials = credentials_of(settings);
  if (way.needs == sasl::Needs::certificate && credentials.authorization.empty()) credentials.authorization = login_name(settings);
  return credentials;
}

Task<Result<>> secure(pop3::Client& client, const Pop3Settings& settings) {
  GODWIT_CO_CHECK(co_await client.capa());
  if (client.capabilities().are_told && !client.capabilities().has("STLS")) {
    co_return fail(codes::starttls_not_offered, "the server offers no STLS; use pop3s://, or --plain-ok to send everything unencrypted");
  }
  auto secured = co_await client.stls([&settings](std::unique_ptr<net::Stream> plain) {
    return start_tls(std::move(plain), settings, settings.url.host);
  });
  const bool is_refused = !secured && (secured.error().kind == ErrorKind::refused || secured.error().kind == ErrorKind::not_understood);
  if (!is_refused) co_return secured;
  co_return fail(codes::starttls_not_offered, "the server refuses STLS; use pop3s://, or --plain-ok to send everything unencrypted",
                 secured.error().server_text);
}

// Commands of POP3's own; the others are mechanisms.
constexpr std::string_view user = "USER", apop = "APOP";

// Whatever sends the password itself goes first: servers announce exchanges, and APOP's timestamp, without keeping a secret for them,
// and then refuse the right password.
constexpr std::string_view by_itself[] = {"PLAIN", user, "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", apop};
constexpr std::string_view with_token[] = {"OAUTHBEARER", "XOAUTH2"};

// USER has a name of its own among the capabilities (RFC 2449 §6.3); APOP is announced by the greeting alone.
bool is_offered(const pop3::Client& client, std::string_view name) {
  const pop3::Capabilities& capabilities = client.capabilities();
  if (name == user) return !capabilities.are_told || capabilities.has("USER") || capabilities.find("SASL") == nullptr;
  if (name == apop) return !pop3::timestamp_of(client.greeting_text()).empty();
  return capabilities.has_mechanism(name);
}

sasl::Channel channel_of(const pop3::Client& client) {
  const pop3::Capability* const offered = client.capabilities().find("SASL");
  const auto binds = [](const std::string& name) { return to_upper(name).ends_with("-PLUS"); };
  return {.binding = binding_of(client.stream()), .offers_plus = offered != nullptr && std::ranges::any_of(offered->arguments, binds)};
}

// Error not_understood: this way cannot be gone, and nothing was told.
Task<Result<>> go(pop3::Client& client, const Pop3Settings& settings, std::string_view name) {
  const auto impossible = [&] { return fail(codes::not_understood, "not here: " + std::string(name)); };
  const bool is_for_another = !settings.authorization.empty();
  if (!is_offered(client, name)) co_return impossible();
  if (name == user || name == apop) {
    if (is_for_another) co_return impossible();
    if (name == user) co_return co_await client.user_and_pass(login_name(settings), settings.password);
    co_return co_await client.apop(login_name(settings), settings.password);
  }
  const sasl::KnownMechanism* const way = sasl::find_mechanism(name);
  if (way == nullptr || (is_for_another && !way->is_for_others)) co_return impossible();
  auto channel = channel_of(client);
  if (way->binds && !channel.binding) co_return impossible();
  co_return co_await client.auth(way->make(credentials_for(*way, settings), std::move(channel)));
}

std::string what_is_offered(const pop3::Client& client) {
  std::string offered;
  if (const pop3::Capability* const sasl = client.capabilities().find("SASL")) {
    for (const std::string& name : sasl->arguments) offered += (offered.empty() ? "" : ", ") + printable(name);
  }
  for (const std::string_view own : {user, apop}) {
    if (is_offered(client, own)) offered += (offered.empty() ? "" : ", ") + std::string(own);
  }
  return offered.empty() ? "it offers no way to log in there; use pop3s:// or STLS" : "it offers " + offered;
}

Error no_way_in(const pop3::Client& client, const Pop3Settings& settings) {
  if (!settings.mechanism.empty()) {
    return make_error(codes::login_unsupported, "the server does not offer a login by " + printable(settings.mechanism) +
                                                    " on this line; " + what_is_offered(client));
  }
  if (settings.is_token) {
    return make_error(codes::login_unsupported, "the server takes no access token on this line: it offers neither AUTH OAUTHBEARER nor "
                                                "XOAUTH2; use pop3s:// or STLS, or a password");
  }
  if (!settings.authorization.empty()) {
    return make_error(codes::login_unsupported, "the server offers neither AUTH PLAIN nor SCRAM, which a login for somebody else needs");
  }
  return make_error(codes::login_unsupported, "the server takes no login with a password on this line; use pop3s:// or STLS");
}

// One refusal of a password is the end: a second try in another way could lock the account.
Task<Result<>> try_ways_in(pop3::Client& client, const Pop3Settings& settings) {
  std::span<const std::string_view> names = by_itself;
  const std::string_view chosen = settings.mechanism;
  if (settings.is_token) names = with_token;
  if (!chosen.empty()) names = {&chosen, 1};
  for (const std::string_view name : names) {
    auto done = co_await go(client, settings, name);
    if (done || done.error().kind != ErrorKind::not_understood) co_return done;
  }
  co_return std::unexpected(no_way_in(client, settings));
}

void note_login_delay(Error& error, const pop3::Capabilities& capabilities) {
  const auto delay = login_delay(capabilities);
  if (error.code == codes::throttled.number && delay.count() > 0) error.retry_after = delay;
}

Task<Result<>> begin(pop3::Client& client, const Pop3Settings& settings) {
  GODWIT_CO_CHECK(co_await client.greeting());
  if (!settings.url.implicit_tls && !settings.plain_ok) GODWIT_CO_CHECK(co_await secure(client, settings));
  co_return co_await client.capa();
}

// As the settings order it.
Task<Result<std::unique_ptr<pop3::Client>>> open_ordered(const Pop3Settings& settings) {
  const std::string place = place_of(settings);
  auto stream = co_await open_stream(settings, settings.url.host, settings.url.port);
  if (stream && settings.url.implicit_tls) stream = co_await start_tls(*std::move(stream), settings, settings.url.host);
  if (!stream) co_return std::unexpected(std::move(stream).error().at(place));
  pop3::ClientOptions options;
  if (settings.trace) options.trace = settings.trace->begin_connection({settings.password});
  auto client = std::make_unique<pop3::Client>(*std::move(stream), std::move(options));
  if (auto begun = co_await begin(*client, settings); !begun) co_return std::unexpected(std::move(begun).error().at(place));
  co_return client;
}

Task<Result<std::unique_ptr<pop3::Client>>> open_line(const Pop3Settings& settings) {
  if (!settings.tls_memory) co_return co_await open_ordered(settings);
  co_return co_await open_by_detecting<pop3::Client, Pop3Settings>(settings, {.tls = 995, .starttls = 110}, open_ordered, place_of);
}

Task<Result<std::unique_ptr<pop3::Client>>> log_in_once(const Pop3Settings& settings) {
  const GuardedLogin guarded{place_of(settings), login_name(settings), settings.authorization, settings.password};
  if (settings.guard) GODWIT_CO_CHECK(settings.guard->check(guarded));
  GODWIT_CO_TRY(auto client, co_await open_line(settings));
  auto done = co_await try_ways_in(*client, settings);
  if (settings.guard) settings.guard->note(guarded, done);
  if (done) done = co_await client->capa();
  if (!done) {
    Error error = without_password(std::move(done).error(), credentials_of(settings));
    note_login_delay(error, client->capabilities());
    co_return std::unexpected(std::move(error).at(place_of(settings) + ": user " + printable(login_name(settings))));
  }
  client->set_wait_limit(settings.work_limit);
  co_return client;
}

}  // namespace

Task<Result<std::unique_ptr<pop3::Client>>> log_in(const Pop3Settings& settings) {
  if (!settings.token) co_return co_await log_in_once(settings);
  co_return co_await log_in_by_token<pop3::Client, Pop3Settings>(settings, place_of(settings), log_in_once);
}

}  // namespace godwit::adapters
