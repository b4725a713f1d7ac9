// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/login.h"

#include <algorithm>

#include "adapters/imap/admin_login.h"
#include "adapters/imap/detect.h"
#include "adapters/imap/login_advice.h"
#include "adapters/imap/tls_binding.h"
#include "base/error_code.h"
#include "base/text.h"
#include "sasl/registry.h"

namespace godwit::adapters {
namespace {

// Messages up to here are read whole and go in batches; larger ones are streamed singly, which costs a round trip each.
constexpr std::size_t whole_body_limit = 2 * 1024 * 1024;

Task<Result<>> ask_capabilities(imap::Client& client) {
  if (client.capabilities().empty()) GODWIT_CO_CHECK(co_await client.capability().wait());
  co_return Result<>{};
}

// Encrypts a connection that began in the clear.
Task<Result<>> secure(imap::Client& client, const ImapSettings& settings) {
  if (client.is_preauth()) {
    co_return fail(codes::starttls_not_possible,
                   "the server logs in by itself before the line is encrypted (PREAUTH); use imaps:// or --plain-ok");
  }
  GODWIT_CO_CHECK(co_await ask_capabilities(client));
  if (!client.capabilities().has("STARTTLS")) {
    co_return fail(codes::starttls_not_offered,
                   "the server offers no STARTTLS; use imaps://, or --plain-ok to send everything unencrypted");
  }
  const auto upgrade = [&settings](std::unique_ptr<net::Stream> plain) {
    return start_tls(std::move(plain), settings, settings.url.host);
  };
  co_return co_await client.starttls(upgrade);
}

const std::string& login_name(const ImapSettings& settings) { return settings.login_name.empty() ? settings.url.user : settings.login_name; }

// For whom the login itself is to say that it is.
const std::string& authorization_of(const ImapSettings& settings) {
  static const std::string nobody;
  return settings.admin_command.empty() ? settings.authorization : nobody;
}

sasl::Credentials credentials_of(const ImapSettings& settings) {
  return {.authorization = authorization_of(settings), .authentication = login_name(settings), .secret = settings.password,
          .host = settings.url.host, .port = settings.url.port};
}

// A certificate says who one is, not whose mailbox it is to be: that is always said, so that no other one is opened.
sasl::Credentials credentials_for(const sasl::KnownMechanism& way, const ImapSettings& settings) {
  sasl::Credentials credentials = credentials_of(settings);
  if (way.needs == sasl::Needs::certificate && credentials.authorization.empty()) credentials.authorization = login_name(settings);
  return credentials;
}

// By itself: not those that need a token or a certificate. Servers announce exchanges for which they keep no secret (imap4d of GNU
// Mailutils, Dovecot with hashed passwords), and then refuse the right password: whatever sends the password itself goes first.
constexpr std::string_view by_itself[] = {"PLAIN",     "LOGIN", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1",
                                          "CRAM-MD5"};
constexpr std::string_view with_token[] = {"OAUTHBEARER", "XOAUTH2"};

bool is_offered(const imap::Client& client, std::string_view name) { return client.capabilities().has("AUTH=" + std::string(name)); }

// A server that does not understand the mechanism, or its initial response, is asked in the next simpler way. Nothing: it understands
// neither.
Task<std::optional<Result<imap::StatusResponse>>> try_way(imap::Client& client, const ImapSettings& settings, ImapHost& host,
                                                          const sasl::KnownMechanism& way) {
  for (const std::string& extension : {std::string("SASL-IR"), "AUTH=" + std::string(way.name)}) {
    if (!client.capabilities().has(extension)) continue;
    auto answer = co_await client.authenticate(way.make(credentials_for(way, settings), channel_of(client)));
    if (answer || answer.error().kind != ErrorKind::not_understood) co_return answer;
    host.note_failure(extension);
    client.disable(extension);
  }
  co_return std::nullopt;
}

Error no_way_in(const imap::Client& client, const ImapSettings& settings) {
  const auto* const chosen = sasl::find_mechanism(settings.mechanism);
  if (chosen != nullptr && chosen->binds && !can_bind(client, true)) {
    return make_error(codes::login_unsupported,
                      settings.mechanism + " ties the login to TLS, which this line has not; use imaps:// or STARTTLS");
  }
  if (!settings.mechanism.empty()) {
    return make_error(codes::login_unsupported, "the server does not offer AUTHENTICATE " + settings.mechanism + " on this line; " +
                                                    what_is_offered(client));
  }
  if (settings.is_token) {
    return make_error(codes::login_unsupported,
                      "the server takes no access token on this line: it offers neither AUTHENTICATE OAUTHBEARER nor "
                      "XOAUTH2; use imaps:// or STARTTLS, or a password");
  }
  if (!authorization_of(settings).empty()) {
    return make_error(codes::login_unsupported,
                      "the server does not offer AUTHENTICATE PLAIN or SCRAM, one of which a login for somebody else needs");
  }
  return make_error(codes::login_unsupported,
                    "the server takes neither LOGIN nor an AUTHENTICATE with a password on this line; use imaps:// or STARTTLS");
}

// One refusal is the end: a second try in another way could lock the account.
Task<Result<imap::StatusResponse>> try_ways_in(imap::Client& client, const ImapSettings& settings, ImapHost& host) {
  const bool is_for_another = !authorization_of(settings).empty();
  const bool is_chosen = !settings.mechanism.empty();
  std::span<const std::string_view> names = by_itself;
  const std::string_view chosen = settings.mechanism;
  if (settings.is_token) names = with_token;
  if (is_chosen) names = {&chosen, 1};
  const bool takes_login = (!is_chosen || chosen == "LOGIN") && !settings.is_token && !is_for_another && !client.capabilities().has("LOGINDISABLED");
  for (const std::string_view name : names) {
    const sasl::KnownMechanism* const way = sasl::find_mechanism(name);
    if (way == nullptr) co_return fail(ErrorKind::usage, "there is no way to log in called " + settings.mechanism);
    // The command does what the mechanism of that name does, in one round trip less.
    if (takes_login && !is_chosen && name == "LOGIN") break;
    if (!is_offered(client, name) || (is_for_another && !way->is_for_others)) continue;
    if (way->binds && !can_bind(client, is_chosen)) continue;
    if (auto answer = co_await try_way(client, settings, host, *way)) co_return *std::move(answer);
  }
  if (!takes_login) co_return std::unexpected(no_way_in(client, settings));
  co_return co_await client.login(login_name(settings), settings.password).wait();
}

Task<Result<>> authenticate(imap::Client& client, const ImapSettings& settings, ImapHost& host) {
  if (client.is_preauth()) co_return Result<>{};
  GODWIT_CO_CHECK(co_await ask_capabilities(client));
  const auto before = client.capabilities().names();
  if (settings.admin_command == x_masterauth) {
    GODWIT_CO_CHECK(co_await log_in_as_master(client, settings));
  } else {
    GODWIT_CO_CHECK(co_await try_ways_in(client, settings, host));
  }
  GODWIT_CO_CHECK(co_await open_for_another(client, settings));
  // What was announced before the login does not hold after it: the server tells anew with its OK, or has to be asked.
  if (client.capabilities().names() != before) co_return Result<>{};
  GODWIT_CO_CHECK(co_await client.capability().wait());
  co_return Result<>{};
}

// As the settings order it.
Task<Result<std::unique_ptr<imap::Client>>> open_ordered(const ImapSettings& settings, const ImapHost& host) {
  const std::string place = settings.url.host_identity();
  auto stream = co_await open_stream(settings, settings.url.host, settings.url.port);
  if (!stream) co_return std::unexpected(std::move(stream).error().at(place));
  if (settings.url.implicit_tls) {
    stream = co_await start_tls(*std::move(stream), settings, settings.url.host);
    if (!stream) co_return std::unexpected(std::move(stream).error().at(place));
  }
  imap::ClientOptions options;
  options.disabled = host.disabled();
  options.whole_body_limit = whole_body_limit;
  if (settings.trace) options.trace = settings.trace->begin_connection({settings.password});
  auto client = std::make_unique<imap::Client>(*std::move(stream), std::move(options));
  client->set_wait_limit(settings.login_limit);
  auto greeting = co_await client->greeting();
  if (!greeting) co_return std::unexpected(std::move(greeting).error().at(place));
  if (!settings.url.implicit_tls && !settings.plain_ok) {
    auto secured = co_await secure(*client, settings);
    if (!secured) co_return std::unexpected(std::move(secured).error().at(place));
  }
  co_return client;
}

}  // namespace

GuardedLogin ImapSettings::guarded() const {
  return {url.host_identity(), admin_command == x_masterauth ? "" : login_name, authorization, password};
}

Task<Result<std::unique_ptr<imap::Client>>> open_line(const ImapSettings& settings, const ImapHost& host) {
  if (!settings.tls_memory) co_return co_await open_ordered(settings, host);
  co_return co_await open_detected(settings, [&host](const ImapSettings& attempt) { return open_ordered(attempt, host); });
}

Task<Result<std::unique_ptr<imap::Client>>> log_in(const ImapSettings& settings, ImapHost& host) {
  if (settings.guard) GODWIT_CO_CHECK(settings.guard->check(settings.guarded()));
  GODWIT_CO_TRY(auto client, co_await open_line(settings, host));
  auto authenticated = co_await authenticate(*client, settings, host);
  if (settings.guard) settings.guard->note(settings.guarded(), authenticated);
  if (!authenticated) {
    Error error = advised(without_password(std::move(authenticated).error(), credentials_of(settings)), settings);
    co_return std::unexpected(std::move(error).at(settings.url.host_identity() + ": user " + printable(login_name(settings))));
  }
  client->set_wait_limit(settings.work_limit);
  co_await client->keep_alive(settings.silence_limit);
  co_return client;
}

}  // namespace godwit::adapters
