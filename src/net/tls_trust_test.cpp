// SPDX-License-Identifier: Apache-2.0
// Which certificates start_tls() takes, and what it says about the others.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/text.h"
#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"
#include "tests/support/test_certificate.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

const CertificateOptions authority_options{.common_name = "Test Authority", .is_authority = true};

// Connects to `server`, does the handshake and reads the greeting.
Result<std::string> greeting_from(const LoopbackServer& server, std::string host, Trust trust = {},
                                  std::chrono::milliseconds limit = 10s) {
  return run_task([&]() -> Task<Result<std::string>> {
    GODWIT_CO_TRY(auto plain, co_await connect("127.0.0.1", server.port(), limit));
    GODWIT_CO_TRY(const auto stream, co_await start_tls(std::move(plain), host, trust));
    EXPECT_TRUE(stream->security().starts_with("TLSv1.")) << stream->security();
    EXPECT_EQ(stream->peer(), "127.0.0.1:" + std::to_string(server.port()));
    co_return co_await read_exactly(*stream, 100);
  }());
}

Result<std::string> greeting_with(const TestCertificate& identity, std::string host, Trust trust = {},
                                  TlsServerOptions options = {}) {
  const LoopbackServer server(tls_session(identity, [](SSL* ssl) { tls_send_all(ssl, "hello"); }, options));
  return greeting_from(server, std::move(host), std::move(trust));
}

void expect_tls_error(const Result<std::string>& greeting, const std::vector<std::string>& texts) {
  ASSERT_FALSE(greeting);
  EXPECT_EQ(name_of(greeting.error().kind), "tls");
  EXPECT_TRUE(greeting.error().where.starts_with("127.0.0.1:"));
  for (const std::string& text : texts) {
    EXPECT_TRUE(describe(greeting.error()).contains(text)) << "no \"" << text << "\" in: " << describe(greeting.error());
  }
}

std::string advice_of(const TestCertificate& identity) {
  return "its SHA-256 fingerprint is " + to_hex(identity.fingerprint()) +
         "; if you know that this is the right server, pin it by its fingerprint";
}

TEST(TlsTrust, ASelfSignedCertificateIsRefusedInWords) {
  const TestCertificate identity({.names = {"DNS:mail.example.com"}});
  expect_tls_error(greeting_with(identity, "mail.example.com"),
                   {"the certificate of mail.example.com is not trusted: it is self-signed;", advice_of(identity), "(GW-3204)"});
}

TEST(TlsTrust, TheCertificateIsTold) {
  const TestCertificate identity({.names = {"DNS:mail.example.com", "IP:127.0.0.1"}});
  const LoopbackServer server(tls_session(identity, [](SSL* ssl) { tls_send_all(ssl, "hello"); }, {}));
  const auto now = std::chrono::system_clock::now();
  const auto told = run_task([&]() -> Task<Result<ServerCertificate>> {
    GODWIT_CO_TRY(auto plain, co_await connect("127.0.0.1", server.port(), 10s));
    EXPECT_FALSE(plain->certificate());
    GODWIT_CO_TRY(auto secure, co_await start_tls(std::move(plain), "mail.example.com", {Trust::Mode::always, {}}));
    const auto below = secure->certificate();
    const auto stream = start_deflate(std::move(secure));
    EXPECT_EQ(stream->certificate(), below);
    co_return stream->certificate().value();
  }());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->fingerprint, to_hex(identity.fingerprint()));
  EXPECT_EQ(told->names, (std::vector<std::string>{"mail.example.com", "127.0.0.1"}));
  EXPECT_LT(told->not_before, now);
  EXPECT_GT(told->not_after, now);
  EXPECT_LT(told->not_after, now + std::chrono::years(30));
}

TEST(TlsTrust, AnUnknownIssuerIsNamed) {
  const TestCertificate authority(authority_options);
  const TestCertificate identity({.names = {"DNS:mail.example.com"}}, &authority);
  expect_tls_error(greeting_with(identity, "mail.example.com"),
                   {"its issuer \"Test Authority\" is not known to this system", advice_of(identity), "(GW-3205)"});
}

TEST(TlsTrust, AKnownIssuerAndAFittingNameAreTaken) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate identity({.names = {"DNS:mail.example.com", "DNS:*.wild.example.com", "IP:127.0.0.1"}}, &authority);
  for (const char* host : {"mail.example.com", "MAIL.example.COM", "a.wild.example.com", "127.0.0.1"}) {
    const auto greeting = greeting_with(identity, host);
    EXPECT_EQ(greeting, "hello") << host << ": " << (greeting ? "" : describe(greeting.error()));
  }
}

TEST(TlsTrust, ANameThatDoesNotFitIsToldWithTheNamesThatWould) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate identity({.names = {"DNS:mail.example.com", "DNS:imap.example.com", "IP:192.0.2.7"}}, &authority);
  expect_tls_error(greeting_with(identity, "mail.example.org"),
                   {"its name does not fit: it is for mail.example.com, imap.example.com, 192.0.2.7 and not for "
                    "mail.example.org",
                    advice_of(identity), "(GW-3203)"});
  expect_tls_error(greeting_with(identity, "127.0.0.1"), {"and not for 127.0.0.1", "(GW-3203)"});
}

TEST(TlsTrust, AHostThatCannotBeCheckedIsNotLeftUnchecked) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate identity({.names = {"DNS:mail.example.com"}}, &authority);
  for (const std::string& host : {std::string(), std::string("mail.example.com\0.example.org", 29), std::string("fe80::1%lo")}) {
    const auto greeting = greeting_with(identity, host);
    ASSERT_FALSE(greeting) << printable(host);
    EXPECT_EQ(name_of(greeting.error().kind), "usage") << describe(greeting.error());
  }
}

TEST(TlsTrust, HostileNamesAreMadePrintable) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate identity({.common_name = "evil\x1b[2J"}, &authority);
  expect_tls_error(greeting_with(identity, "mail.example.com"), {"it is for evil\\x1b[2J and not for"});
}

TEST(TlsTrust, DatesAreTold) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate expired({.names = {"DNS:mail.example.com"}, .valid_from_days = -9, .valid_to_days = -2}, &authority);
  expect_tls_error(greeting_with(expired, "mail.example.com"), {"it expired on 20", advice_of(expired), "(GW-3201)"});
  const TestCertificate early({.names = {"DNS:mail.example.com"}, .valid_from_days = 2}, &authority);
  expect_tls_error(greeting_with(early, "mail.example.com"), {"it is not valid before 20", advice_of(early), "(GW-3202)"});
}

TEST(TlsTrust, ThePinnedFingerprintIsTakenWhateverElseIsWrong) {
  const TestCertificate identity({.valid_to_days = -1});
  EXPECT_EQ(greeting_with(identity, "mail.example.org", {Trust::Mode::fingerprint, identity.fingerprint()}), "hello");
}

TEST(TlsTrust, AnotherFingerprintIsRefusedEvenOfATrustedCertificate) {
  const TestCertificate authority(authority_options);
  const TrustedAuthority trusted(authority);
  const TestCertificate identity({.names = {"DNS:mail.example.com"}}, &authority);
  std::string other = identity.fingerprint();
  other.back() = static_cast<char>(other.back() ^ 1);
  expect_tls_error(greeting_with(identity, "mail.example.com", {Trust::Mode::fingerprint, other}),
                   {"the certificate of mail.example.com is not the pinned one (SHA-256 " + to_hex(other) + ")",
                    advice_of(identity), "(GW-3207)"});
  expect_tls_error(greeting_with(identity, "mail.example.com", {Trust::Mode::fingerprint, ""}), {advice_of(identity)});
}

TEST(TlsTrust, AlwaysTakesAnything) {
  const TestCertificate identity({.valid_to_days = -1});
  EXPECT_EQ(greeting_with(identity, "mail.example.org", {Trust::Mode::always, {}}), "hello");
}

TEST(TlsTrust, TheServerLearnsTheNameButNoAddress) {
  const TestCertificate identity({});
  for (const char* host : {"mail.example.com", "127.0.0.1"}) {
    LoopbackServer server(tls_session(identity, [](SSL* ssl) {
      const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
      tls_send_all(ssl, name == nullptr ? "none" : name);
    }));
    const auto name = greeting_from(server, host, {Trust::Mode::always, {}});
    EXPECT_EQ(name, host == std::string_view("127.0.0.1") ? "none" : host);
  }
}

TEST(TlsTrust, TwelveIsTheOldestVersion) {
  const TestCertificate identity({});
  const Trust trust{Trust::Mode::always, {}};
  EXPECT_EQ(greeting_with(identity, "mail.example.com", trust, {.highest_version = TLS1_2_VERSION}), "hello");
  const auto greeting = greeting_with(identity, "mail.example.com", trust,
                                      {.lowest_version = TLS1_VERSION, .highest_version = TLS1_1_VERSION});
  expect_tls_error(greeting, {"TLS handshake: the server speaks only versions of TLS below 1.2", "(GW-3220)"});
}

TEST(TlsHandshake, AServerThatSpeaksNoTlsIsToldSo) {
  const LoopbackServer server([](int connection) {
    send_all(connection, "* OK ready\r\n");
    (void)receive_until_end(connection);
  });
  expect_tls_error(greeting_from(server, "mail.example.com"), {"may not speak TLS", "(GW-3210)"});
}

TEST(TlsHandshake, AServerThatHangsUpIsANetworkError) {
  const LoopbackServer orderly([](int connection) {
    (void)receive_exactly(connection, 5);
    ::shutdown(connection, SHUT_WR);
    (void)receive_until_end(connection);
  });
  const auto ended = greeting_from(orderly, "mail.example.com");
  EXPECT_EQ(name_of(ended.error().kind), "network") << describe(ended.error());
  EXPECT_TRUE(ended.error().what.contains("closed the connection")) << ended.error().what;
  const LoopbackServer rude([](int connection) { reset_on_close(connection); });
  const auto reset = greeting_from(rude, "mail.example.com");
  EXPECT_EQ(name_of(reset.error().kind), "network") << describe(reset.error());
}

TEST(TlsHandshake, AServerThatSaysNothingIsATimeout) {
  const LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  const auto greeting = greeting_from(server, "mail.example.com", {}, 80ms);
  EXPECT_EQ(name_of(greeting.error().kind), "timeout") << describe(greeting.error());
}

}  // namespace
}  // namespace godwit::net
