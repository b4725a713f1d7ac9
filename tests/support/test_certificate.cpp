// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace godwit::test {
namespace {

void require(bool is_good) {
  if (!is_good) throw std::runtime_error("OpenSSL has failed in the test's support");
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

long next_serial() {
  static std::atomic<long> last{0};
  return ++last;
}

}  // namespace

TestCertificate::TestCertificate(const CertificateOptions& options, const TestCertificate* issuer)
    : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
  X509* const x509 = certificate_.get();
  require(key_ && x509 != nullptr);
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), next_serial());
  X509_gmtime_adj(X509_getm_notBefore(x509), options.valid_from_days * 86400L);
  X509_gmtime_adj(X509_getm_notAfter(x509), options.valid_to_days * 86400L);
  X509_set_pubkey(x509, key_.get());
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, issuer != nullptr ? X509_get_subject_name(issuer->certificate()) : name);
  std::string names;
  for (const std::string& entry : options.names) names += (names.empty() ? "" : ",") + entry;
  if (!names.empty()) add_extension(x509, NID_subject_alt_name, names);
  if (options.is_authority) add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
  require(X509_sign(x509, issuer != nullptr ? issuer->key() : key_.get(), EVP_sha256()) > 0);
}

std::string TestCertificate::fingerprint() const {
  std::array<unsigned char, 32> digest;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate_.get(), &der);
  require(size > 0 && EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  OPENSSL_free(der);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string TestCertificate::pem() const {
  const std::unique_ptr<BIO, decltype([](BIO* memory) { BIO_free(memory); })> out(BIO_new(BIO_s_mem()));
  require(out && PEM_write_bio_X509(out.get(), certificate_.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

TrustedAuthority::TrustedAuthority(const TestCertificate& authority) : path_("/tmp/godwit-authority-XXXXXX") {
  const int file = ::mkstemp(path_.data());
  const std::string pem = authority.pem();
  require(file >= 0 && ::write(file, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()));
  ::close(file);
  ::setenv("SSL_CERT_FILE", path_.c_str(), 1);
}

TrustedAuthority::~TrustedAuthority() {
  ::unsetenv("SSL_CERT_FILE");
  ::unlink(path_.c_str());
}

std::function<void(int)> tls_session(const TestCertificate& identity, std::function<void(SSL*)> use,
                                     TlsServerOptions options) {
  return [&identity, use = std::move(use), options](int connection) {
    const std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context(
        SSL_CTX_new(TLS_server_method()));
    require(SSL_CTX_use_certificate(context.get(), identity.certificate()) == 1);
    require(SSL_CTX_use_PrivateKey(context.get(), identity.key()) == 1);
    SSL_CTX_set_min_proto_version(context.get(), options.lowest_version);
    SSL_CTX_set_max_proto_version(context.get(), options.highest_version);
    if (options.lowest_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context.get(), 0);
    const std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) != 1) return;
    use(ssl.get());
    if (options.says_goodbye) SSL_shutdown(ssl.get());
  };
}

std::size_t tls_send_all(SSL* ssl, std::string_view bytes) {
  std::size_t done = 0;
  std::size_t sent = 0;
  while (done < bytes.size() && SSL_write_ex(ssl, bytes.data() + done, bytes.size() - done, &sent) == 1) done += sent;
  return done;
}

std::string tls_receive_exactly(SSL* ssl, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  std::size_t received = 0;
  while (done < size && SSL_read_ex(ssl, bytes.data() + done, size - done, &received) == 1) done += received;
  bytes.resize(done);
  return bytes;
}

}  // namespace godwit::test
