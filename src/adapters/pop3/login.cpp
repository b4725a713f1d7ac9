// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/login.h"

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "sasl/mechanism.h"
#include "sasl/repeated_secret.h"

namespace godwit::adapters {
namespace {

constexpr std::uint32_t longest_login_delay = 24 * 60 * 60;  // seconds that a server is believed

const std::string& login_name(const Pop3Settings& settings) {
  return settings.login_name.empty() ? settings.url.user : settings.login_name;
}

sasl::Credentials credentials_of(const Pop3Settings& settings) {
  return {.authorization = settings.authorization, .authentication = login_name(settings), .secret = settings.password,
          .host = settings.url.host, .port = settings.url.port};
}

Task<Result<>> secure(pop3::Client& client, const Pop3Settings& settings) {
  GODWIT_CO_CHECK(co_await client.capa());
  if (client.capabilities().are_told && !client.capabilities().has("STLS")) {
    co_return fail(codes::starttls_not_offered, "the server offers no STLS; use pop3s://, or --plain-ok to send everything unencrypted");
  }
  auto secured = co_await client.stls([&settings](std::unique_ptr<net::Stream> plain) {
    return net::start_tls(std::move(plain), settings.url.host, settings.trust);
  });
  const bool is_refused = !secured && (secured.error().kind == ErrorKind::refused || secured.error().kind == ErrorKind::not_understood);
  if (!is_refused) co_return secured;
  co_return fail(codes::starttls_not_offered, "the server refuses STLS; use pop3s://, or --plain-ok to send everything unencrypted",
                 secured.error().server_text);
}

template <sasl::ScramHash hash>
std::unique_ptr<sasl::Mechanism> scram(sasl::Credentials credentials) {
  return sasl::make_scram(std::move(credentials), {.hash = hash});
}

struct Way {
  std::string_view name;
  std::unique_ptr<sasl::Mechanism> (*make)(sasl::Credentials);  // nullptr: a command of POP3's own
  bool is_for_others;                                           // it can say a login for somebody else
  bool by_itself;                                               // tried without being asked for
};

// Whatever sends the password itself goes first: servers announce exchanges, and APOP's timestamp, without keeping a secret for them,
// and then refuse the right password.
constexpr Way ways[] = {
    {"PLAIN", sasl::make_plain, true, true},
    {"USER", nullptr, false, true},
    {"LOGIN", sasl::make_login, false, true},
    {"SCRAM-SHA-256", scram<sasl::ScramHash::sha256>, true, true},
    {"SCRAM-SHA-1", scram<sasl::ScramHash::sha1>, true, true},
    {"CRAM-MD5", sasl::make_cram_md5, false, true},
    {"APOP", nullptr, false, true},
    {"OAUTHBEARER", sasl::make_oauthbearer, true, false},
    {"XOAUTH2", sasl::make_xoauth2, true, false},
    {"EXTERNAL", sasl::make_external, true, false},
};

// USER has a name of its own among the capabilities (RFC 2449 §6.3); APOP is announced by the greeting alone.
bool is_offered(const pop3::Client& client, std::string_view name) {
  const pop3::Capabilities& capabilities = client.capabilities();
  if (name == "USER") return !capabilities.are_told || capabilities.has("USER") || capabilities.find("SASL") == nullptr;
  if (name == "APOP") return !pop3::timestamp_of(client.greeting_text()).empty();
  return capabilities.has_mechanism(name);
}

Task<Result<>> go(pop3::Client& client, const Pop3Settings& settings, const Way& way) {
  if (way.name == "USER") return client.user_and_pass(login_name(settings), settings.password);
  if (way.name == "APOP") return client.apop(login_name(settings), settings.password);
  return client.auth(way.make(credentials_of(settings)));
}

Error no_way_in(const Pop3Settings& settings) {
  if (!settings.mechanism.empty()) {
    return make_error(codes::login_unsupported, "the server does not offer a login by " + printable(settings.mechanism) + " on this line");
  }
  if (!settings.authorization.empty()) {
    return make_error(codes::login_unsupported, "the server offers neither AUTH PLAIN nor SCRAM, which a login for somebody else needs");
  }
  return make_error(codes::login_unsupported, "the server takes no login with a password on this line; use pop3s:// or STLS");
}

// One refusal of a password is the end: a second try in another way could lock the account.
Task<Result<>> try_ways_in(pop3::Client& client, const Pop3Settings& settings) {
  for (const Way& way : ways) {
    const bool is_wanted = settings.mechanism.empty() ? way.by_itself : equals_ignoring_case(way.name, settings.mechanism);
    if (!is_wanted || (!settings.authorization.empty() && !way.is_for_others) || !is_offered(client, way.name)) continue;
    auto done = co_await go(client, settings, way);
    if (done || done.error().kind != ErrorKind::not_understood) co_return done;
  }
  co_return std::unexpected(no_way_in(settings));
}

// RFC 2449 §6.5.
void note_login_delay(Error& error, const pop3::Capabilities& capabilities) {
  const pop3::Capability* const delay = capabilities.find("LOGIN-DELAY");
  if (error.code != codes::throttled.number || delay == nullptr || delay->arguments.empty()) return;
  const auto seconds = parse_number<std::uint32_t>(delay->arguments.front());
  if (seconds) error.retry_after = std::chrono::seconds(std::min(*seconds, longest_login_delay));
}

Task<Result<>> begin(pop3::Client& client, const Pop3Settings& settings) {
  GODWIT_CO_CHECK(co_await client.greeting());
  if (!settings.url.implicit_tls && !settings.plain_ok) GODWIT_CO_CHECK(co_await secure(client, settings));
  co_return co_await client.capa();
}

Task<Result<std::unique_ptr<net::Stream>>> open_stream(const Pop3Settings& settings) {
  GODWIT_CO_TRY(auto stream, co_await net::connect(settings.url.host, settings.url.port, settings.connect_limit));
  stream->set_wait_limit(settings.login_limit);
  if (!settings.url.implicit_tls) co_return stream;
  co_return co_await net::start_tls(std::move(stream), settings.url.host, settings.trust);
}

}  // namespace

Task<Result<std::unique_ptr<pop3::Client>>> log_in(const Pop3Settings& settings) {
  const std::string place = settings.url.host_identity(pop3_url_form);
  auto stream = co_await open_stream(settings);
  if (!stream) co_return std::unexpected(std::move(stream).error().at(place));
  pop3::ClientOptions options;
  if (settings.trace) options.trace = settings.trace->begin_connection({settings.password});
  auto client = std::make_unique<pop3::Client>(*std::move(stream), std::move(options));
  if (auto begun = co_await begin(*client, settings); !begun) co_return std::unexpected(std::move(begun).error().at(place));
  auto done = co_await try_ways_in(*client, settings);
  if (done) done = co_await client->capa();
  if (!done) {
    Error error = sasl::without_secret(std::move(done).error(), settings.password);
    note_login_delay(error, client->capabilities());
    co_return std::unexpected(std::move(error).at(place + ": user " + printable(login_name(settings))));
  }
  client->set_wait_limit(settings.work_limit);
  co_return client;
}

}  // namespace godwit::adapters
