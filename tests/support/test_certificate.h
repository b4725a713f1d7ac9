// SPDX-License-Identifier: Apache-2.0
// Certificates made on the spot, and a TLS server that shows one.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/loopback_server.h"

namespace godwit::test {

struct CertificateOptions {
  std::string common_name = "mail.example.com";
  std::vector<std::string> names{};  // as OpenSSL writes them: "DNS:mail.example.com", "IP:127.0.0.1"
  int valid_from_days = -1;        // from now
  int valid_to_days = 30;
  bool is_authority = false;
};

// A key and its certificate, on P-256; self-signed where no issuer is given.
class TestCertificate {
 public:
  explicit TestCertificate(const CertificateOptions& options, const TestCertificate* issuer = nullptr);

  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] std::string fingerprint() const;  // SHA-256 of the DER form, raw
  [[nodiscard]] std::string pem() const;

 private:
  std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })> key_;
  std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })> certificate_;
};

// While it lives, OpenSSL's default authorities (SSL_CERT_FILE) are this one alone.
class TrustedAuthority {
 public:
  explicit TrustedAuthority(const TestCertificate& authority);
  ~TrustedAuthority();
  TrustedAuthority(const TrustedAuthority&) = delete;
  TrustedAuthority& operator=(const TrustedAuthority&) = delete;

 private:
  std::string path_;
};

struct TlsServerOptions {
  int lowest_version = TLS1_2_VERSION;
  int highest_version = TLS1_3_VERSION;
  bool says_goodbye = true;  // close_notify at the end of the session
};

// A session for LoopbackServer: handshake with `identity`, then `use`, which runs only where the handshake has succeeded.
[[nodiscard]] std::function<void(int)> tls_session(const TestCertificate& identity, std::function<void(SSL*)> use,
                                                   TlsServerOptions options = {});

// Blocking, whole; fewer bytes only at the end or a failure.
std::size_t tls_send_all(SSL* ssl, std::string_view bytes);
[[nodiscard]] std::string tls_receive_exactly(SSL* ssl, std::size_t size);

}  // namespace godwit::test
