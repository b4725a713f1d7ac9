// SPDX-License-Identifier: Apache-2.0
#include "net/client_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "base/error_code.h"
#include "net/connect.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"
#include "tests/support/test_certificate.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;
using testing::HasSubstr;

std::string key_pem(const TestCertificate& identity, const char* passphrase = nullptr) {
  const std::unique_ptr<BIO, decltype([](BIO* memory) { BIO_free(memory); })> out(BIO_new(BIO_s_mem()));
  const int size = passphrase == nullptr ? 0 : static_cast<int>(std::string_view(passphrase).size());
  EXPECT_EQ(PEM_write_bio_PrivateKey(out.get(), identity.key(), passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                     reinterpret_cast<const unsigned char*>(passphrase), size, nullptr, nullptr),
            1);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

Error error_of(std::string_view chain, const std::string& key) {
  const auto parsed = ClientCertificate::parse(chain, Secret(key), "alice.pem", "alice.key");
  EXPECT_FALSE(parsed);
  return parsed ? Error{} : parsed.error();
}

struct Row {
  std::string chain, key;
  ErrorCode code;
  const char* text;
};

TEST(ClientCertificate, WhatIsWrongIsToldBeforeAnybodyConnects) {
  const TestCertificate alice({.common_name = "alice"}), bob({.common_name = "bob"});
  const TestCertificate old({.valid_from_days = -30, .valid_to_days = -1}), early({.valid_from_days = 2});
  const std::string damaged = alice.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const Row rows[] = {
      {"", key_pem(alice), codes::client_certificate, "alice.pem: there is no certificate in it; give a file in PEM form"},
      {"garbage\0\xff", key_pem(alice), codes::client_certificate, "alice.pem: there is no certificate in it"},
      {key_pem(alice), key_pem(alice), codes::client_certificate, "alice.pem: there is no certificate in it"},
      {damaged, key_pem(alice), codes::client_certificate, "alice.pem: a certificate in it is damaged"},
      {alice.pem(), "", codes::client_certificate, "alice.key: there is no private key in it"},
      {alice.pem(), alice.pem(), codes::client_certificate, "alice.key: there is no private key in it"},
      {alice.pem(), key_pem(alice, "secret"), codes::client_certificate, "alice.key: the key has a passphrase"},
      {alice.pem(), key_pem(bob), codes::client_certificate_key, "alice.key is not the key of the first certificate in alice.pem"},
      {bob.pem() + alice.pem(), key_pem(alice), codes::client_certificate_key, "the client's own certificate first"},
      {old.pem(), key_pem(old), codes::client_certificate_date, "alice.pem: the certificate is of no use: it expired on "},
      {early.pem(), key_pem(early), codes::client_certificate_date, "it is not valid before "},
  };
  for (const Row& row : rows) {
    const Error error = error_of(row.chain, row.key);
    EXPECT_EQ(error.kind, ErrorKind::usage);
    EXPECT_EQ(error.code, row.code.number) << row.text;
    EXPECT_THAT(error.what, HasSubstr(row.text));
  }
}

TEST(ClientCertificate, EveryCutOfTheFilesIsAnErrorOrTheWhole) {
  const TestCertificate alice({.common_name = "alice"});
  const std::string chain = alice.pem(), key = key_pem(alice);
  const std::string end = "-----END CERTIFICATE-----";
  for (std::size_t size = 0; size < chain.find(end) + end.size() - 1; ++size) {
    EXPECT_FALSE(ClientCertificate::parse(chain.substr(0, size), Secret(key), "c", "k")) << size;
  }
  for (std::size_t size = 0; size < key.size() - 2; ++size) {
    EXPECT_FALSE(ClientCertificate::parse(chain, Secret(key.substr(0, size)), "c", "k")) << size;
  }
  EXPECT_TRUE(ClientCertificate::parse("comment\n" + chain, Secret(key), "c", "k"));
}

// What the server sees of the client: the name of its certificate, and how many more there are.
std::string seen_by_server(const ClientCertificatePointer& shown) {
  const TestCertificate identity({});
  std::string seen = "nothing";
  const auto look = [&](SSL* ssl) {
    if (X509* const certificate = SSL_get0_peer_certificate(ssl)) {
      std::array<char, 64> name{};
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
      seen = name.data() + std::string(" and ") + std::to_string(sk_X509_num(SSL_get_peer_cert_chain(ssl))) + " more";
    }
    tls_send_all(ssl, "x");
  };
  {
    const LoopbackServer server([&](int connection) {
      const std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_use_certificate(context.get(), identity.certificate());
      SSL_CTX_use_PrivateKey(context.get(), identity.key());
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
      const std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> ssl(SSL_new(context.get()));
      SSL_set_fd(ssl.get(), connection);
      if (SSL_accept(ssl.get()) == 1) look(ssl.get());
    });
    const auto done = run_task([&]() -> Task<Result<>> {
      GODWIT_CO_TRY(auto plain, co_await connect("127.0.0.1", server.port(), 10s));
      GODWIT_CO_TRY(const auto stream, co_await start_tls(std::move(plain), "mail.example.com", {Trust::Mode::always, {}}, {}, shown));
      GODWIT_CO_CHECK(co_await read_exactly(*stream, 1));
      co_return Result<>();
    }());
    EXPECT_TRUE(done) << describe(done.error());
  }
  return seen;
}

TEST(ClientCertificate, IsShownWithItsChain) {
  const TestCertificate authority({.common_name = "authority", .is_authority = true});
  const TestCertificate alice({.common_name = "alice"}, &authority);
  const auto alone = ClientCertificate::parse(alice.pem(), Secret(key_pem(alice)), "c", "k");
  const auto whole = ClientCertificate::parse(alice.pem() + authority.pem(), Secret(key_pem(alice)), "c", "k");
  ASSERT_TRUE(alone && whole);
  EXPECT_EQ(seen_by_server(nullptr), "nothing");
  EXPECT_EQ(seen_by_server(*alone), "alice and 0 more");
  EXPECT_EQ(seen_by_server(*whole), "alice and 1 more");
}

}  // namespace
}  // namespace godwit::net
