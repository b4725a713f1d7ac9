// SPDX-License-Identifier: Apache-2.0
// Servers that are older or weaker than the rules: refused in words that say what allows them, and taken where it is allowed.
#include <gtest/gtest.h>
#include <openssl/sslerr.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "base/error_code.h"
#include "net/connect.h"
#include "net/tls_faults.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"
#include "tests/support/test_certificate.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace godwit::test;

TlsRules rules_of(TlsVersion least, bool legacy_ciphers = false) { return {least, legacy_ciphers, {}}; }
TlsRules rules_of(const std::string& authorities_file) { return {TlsVersion::v1_2, false, authorities_file}; }

// What the server says behind the handshake, with the version in front: "TLSv1 hello".
Result<std::string> greeting_from(const LoopbackServer& server, TlsRules rules, Trust trust = {Trust::Mode::always, {}}) {
  return run_task([&]() -> Task<Result<std::string>> {
    GODWIT_CO_TRY(auto plain, co_await connect("127.0.0.1", server.port(), 10s));
    GODWIT_CO_TRY(const auto stream, co_await start_tls(std::move(plain), "mail.example.com", trust, rules));
    GODWIT_CO_TRY(const std::string said, co_await read_exactly(*stream, 100));
    co_return stream->security() + " " + said;
  }());
}

Result<std::string> greeting_of_version(int version, TlsRules rules, Trust trust = {Trust::Mode::always, {}},
                                        const TestCertificate* identity = nullptr) {
  const TestCertificate own({.names = {"DNS:mail.example.com"}});
  const LoopbackServer server(tls_session(identity != nullptr ? *identity : own, [](SSL* ssl) { tls_send_all(ssl, "hello"); },
                                          {.lowest_version = version, .highest_version = version}));
  return greeting_from(server, std::move(rules), std::move(trust));
}

TEST(TlsRules, WhatIsOldGoesByOrderOnly) {
  const struct {
    int version;
    const char* name;
    TlsVersion least;
    bool is_taken;
  } cases[] = {
      {TLS1_VERSION, "TLSv1", TlsVersion::v1_0, true},      {TLS1_VERSION, "TLSv1", TlsVersion::v1_1, false},
      {TLS1_VERSION, "TLSv1", TlsVersion::v1_2, false},     {TLS1_1_VERSION, "TLSv1.1", TlsVersion::v1_0, true},
      {TLS1_1_VERSION, "TLSv1.1", TlsVersion::v1_1, true},  {TLS1_1_VERSION, "TLSv1.1", TlsVersion::v1_2, false},
      {TLS1_2_VERSION, "TLSv1.2", TlsVersion::v1_2, true},  {TLS1_2_VERSION, "TLSv1.2", TlsVersion::v1_0, true},
      {TLS1_3_VERSION, "TLSv1.3", TlsVersion::v1_0, true},
  };
  for (const auto& one : cases) {
    const auto greeting = greeting_of_version(one.version, rules_of(one.least));
    EXPECT_EQ(greeting.has_value(), one.is_taken) << one.name;
    if (greeting) {
      EXPECT_EQ(*greeting, one.name + " hello"s);
    } else {
      EXPECT_EQ(code_of(greeting.error()), codes::tls_version_too_old.number) << describe(greeting.error());
    }
  }
}

TEST(TlsRules, ANewServerStaysOnTheNewestVersion) {
  const TestCertificate identity({});
  const LoopbackServer server(tls_session(identity, [](SSL* ssl) { tls_send_all(ssl, "hello"); },
                                          {.lowest_version = TLS1_VERSION, .highest_version = TLS1_3_VERSION}));
  EXPECT_EQ(greeting_from(server, rules_of(TlsVersion::v1_0, true)), "TLSv1.3 hello");
}

TEST(TlsRules, OldCertificatesAreCheckedAllTheSame) {
  const auto greeting = greeting_of_version(TLS1_VERSION, rules_of(TlsVersion::v1_0, true), {});
  ASSERT_FALSE(greeting);
  EXPECT_EQ(code_of(greeting.error()), codes::certificate_self_signed.number) << describe(greeting.error());
}

// A server that is really old does not know the list of versions in our first message: it answers with its own.
std::string hello_of_version(char minor) {
  const std::string body = "\x03"s + minor + std::string(32, 'r') + "\0"s + "\x00\x2f"s + "\0"s;
  const std::string message = "\x02\0\0"s + static_cast<char>(body.size()) + body;
  return "\x16\x03"s + minor + "\0"s + static_cast<char>(message.size()) + message;
}

TEST(TlsRules, TheVersionOfAnOldServerIsNamed) {
  const std::pair<char, const char*> cases[] = {
      {'\0', "the server speaks only SSL 3.0, which godwit cannot speak; update the server"},
      {'\1', "the server speaks only TLS 1.0; update it, or allow that for this server: tls_min = \"1.0\" in the plan, "
              "--source-tls-min 1.0"},
      {'\2', "the server speaks only TLS 1.1; update it, or allow that for this server: tls_min = \"1.1\" in the plan, "
              "--source-tls-min 1.1"}};
  for (const auto& [minor, words] : cases) {
    const LoopbackServer server([&](int connection) {
      send_all(connection, hello_of_version(minor));
      (void)receive_until_end(connection);
    });
    const auto greeting = greeting_from(server, {});
    ASSERT_FALSE(greeting);
    EXPECT_TRUE(describe(greeting.error()).contains(words)) << describe(greeting.error());
    EXPECT_EQ(code_of(greeting.error()), codes::tls_version_too_old.number);
  }
}

TEST(TlsRules, FaultsInWords) {
  const TlsRules strict, old = rules_of(TlsVersion::v1_0), legacy = rules_of(TlsVersion::v1_2, true);
  const auto alert = fault_of_rules(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0, strict);
  EXPECT_TRUE(alert->what.starts_with("the server speaks only versions of TLS below 1.2; ")) << alert->what;
  EXPECT_EQ(fault_of_rules(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0, old)->what, "the server speaks only versions of TLS below 1.0");
  for (const int reason : {SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, SSL_R_DH_KEY_TOO_SMALL, SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK,
                           SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE}) {
    EXPECT_EQ(fault_of_rules(reason, 0, strict)->code, codes::tls_too_weak);
    EXPECT_TRUE(fault_of_rules(reason, 0, strict)->what.contains("ciphers = \"legacy\" in the plan, --source-ciphers legacy"));
    EXPECT_FALSE(fault_of_rules(reason, 0, legacy)->what.contains("ciphers = "));
  }
  EXPECT_FALSE(fault_of_rules(SSL_R_CERTIFICATE_VERIFY_FAILED, 0, strict));
  EXPECT_FALSE(fault_of_rules(SSL_R_WRONG_VERSION_NUMBER, 0, strict));
  EXPECT_EQ(fault_of_strength(X509_V_ERR_EE_KEY_TOO_SMALL, strict)->code, codes::tls_too_weak);
  EXPECT_FALSE(fault_of_strength(X509_V_ERR_CERT_HAS_EXPIRED, strict));
}

// RSA with 1024 bits, as servers of fifteen years ago have it.
class ShortKey {
 public:
  ShortKey() : key_(EVP_RSA_gen(1024)), certificate_(X509_new()) {
    X509_set_version(certificate_.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 86'400);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_NAME* const name = X509_get_subject_name(certificate_.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("mail.example.com"), -1, -1, 0);
    X509_set_issuer_name(certificate_.get(), name);
    X509_sign(certificate_.get(), key_.get(), EVP_sha1());
  }
  void serve(int connection) const {
    const std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_use_certificate(context.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context.get(), key_.get());
    const std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) != 1) return;
    tls_send_all(ssl.get(), "hello");
    SSL_shutdown(ssl.get());
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })> key_;
  std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })> certificate_;
};

TEST(TlsRules, ShortKeysGoByOrderOnly) {
  const ShortKey identity;
  const auto greeting_with = [&](TlsRules rules) {
    const LoopbackServer server([&](int connection) { identity.serve(connection); });
    return greeting_from(server, std::move(rules), {});
  };
  const auto refused = greeting_with({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), codes::tls_too_weak.number) << describe(refused.error());
  EXPECT_TRUE(describe(refused.error()).contains("ciphers = \"legacy\"")) << describe(refused.error());
  const auto untrusted = greeting_with(rules_of(TlsVersion::v1_2, true));
  ASSERT_FALSE(untrusted) << "weak is not the same as trusted";
  EXPECT_EQ(code_of(untrusted.error()), codes::certificate_self_signed.number) << describe(untrusted.error());
}

// --- authorities of one server -----------------------------------------------------------------------------------------

class PemFile {
 public:
  explicit PemFile(const std::string& content) : path_("/tmp/godwit-authorities-XXXXXX") {
    ::close(::mkstemp(path_.data()));
    std::ofstream(path_) << content;
  }
  ~PemFile() { ::unlink(path_.c_str()); }
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(TlsAuthorities, TheFileIsAskedAndNotTheSystem) {
  const TestCertificate authority({.common_name = "Authority", .is_authority = true});
  const TestCertificate other({.common_name = "Other", .is_authority = true});
  const TestCertificate identity({.names = {"DNS:mail.example.com"}}, &authority);
  const PemFile right(authority.pem()), wrong(other.pem()), both(other.pem() + authority.pem());
  const TrustedAuthority trusted(authority);
  EXPECT_EQ(greeting_of_version(TLS1_3_VERSION, rules_of(right.path()), {}, &identity), "TLSv1.3 hello");
  EXPECT_EQ(greeting_of_version(TLS1_3_VERSION, rules_of(both.path()), {}, &identity), "TLSv1.3 hello");
  const auto refused = greeting_of_version(TLS1_3_VERSION, rules_of(wrong.path()), {}, &identity);
  ASSERT_FALSE(refused) << "the system's authority was asked";
  EXPECT_EQ(code_of(refused.error()), codes::certificate_issuer.number);
}

TEST(TlsAuthorities, AFileThatCannotBeUsedIsNamed) {
  const PemFile empty(""), garbage("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  for (const std::string& file : {empty.path(), garbage.path(), "/nowhere/authorities.pem"s}) {
    const auto greeting = greeting_of_version(TLS1_3_VERSION, rules_of(file), {});
    ASSERT_FALSE(greeting);
    EXPECT_EQ(code_of(greeting.error()), codes::authorities_file.number);
    EXPECT_TRUE(greeting.error().what.contains(file)) << greeting.error().what;
  }
}

}  // namespace
}  // namespace godwit::net
