// SPDX-License-Identifier: Apache-2.0
#include "net/client_certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <new>
#include <vector>

#include "base/error_code.h"
#include "base/text.h"
#include "net/certificate.h"

namespace godwit::net {
namespace {

using Bytes = std::unique_ptr<BIO, decltype([](BIO* bytes) { BIO_free(bytes); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

Bytes reader_of(std::string_view text) {
  Bytes bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bytes) throw std::bad_alloc();
  return bytes;
}

// Instead of OpenSSL's own question on the terminal.
int note_question(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

Result<std::vector<Certificate>> read_chain(std::string_view chain, std::string_view name) {
  const Bytes bytes = reader_of(chain);
  std::vector<Certificate> certificates;
  bool was_asked = false;
  while (Certificate next{PEM_read_bio_X509(bytes.get(), nullptr, note_question, &was_asked)}) certificates.push_back(std::move(next));
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!certificates.empty() && is_at_end) return certificates;
  return fail(codes::client_certificate,
              fmt::format("{}: {}; give a file in PEM form, with a block that begins with -----BEGIN CERTIFICATE-----", printable(name),
                          certificates.empty() ? "there is no certificate in it" : "a certificate in it is damaged"));
}

Result<Key> read_key(const Secret& key, std::string_view name) {
  const Bytes bytes = reader_of(key.reveal());
  bool was_asked = false;
  Key read(PEM_read_bio_PrivateKey(bytes.get(), nullptr, note_question, &was_asked));
  ERR_clear_error();
  if (read) return read;
  if (was_asked) {
    return fail(codes::client_certificate, fmt::format("{0}: the key has a passphrase, which godwit cannot be told; write it without one: "
                                                       "openssl pkey -in {0} -out NEW-FILE, and chmod 600 that",
                                                       printable(name)));
  }
  return fail(codes::client_certificate, fmt::format("{}: there is no private key in it; give a file in PEM form, with a block that begins "
                                                     "with -----BEGIN PRIVATE KEY-----",
                                                     printable(name)));
}

Result<> check_dates(const X509& certificate, std::string_view name) {
  const bool has_begun = X509_cmp_current_time(X509_get0_notBefore(&certificate)) < 0;
  const bool has_expired = X509_cmp_current_time(X509_get0_notAfter(&certificate)) < 0;
  if (has_begun && !has_expired) return {};
  const long reason = has_expired ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_ERR_CERT_NOT_YET_VALID;
  return fail(codes::client_certificate_date,
              fmt::format("{}: the certificate is of no use: {}; get a new one, or set this machine's clock", printable(name),
                          what_is_wrong(certificate, reason, {})));
}

}  // namespace

struct ClientCertificate::Parts {
  std::vector<Certificate> chain;
  Key key;
};

ClientCertificate::ClientCertificate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ClientCertificate::~ClientCertificate() = default;

Result<std::shared_ptr<const ClientCertificate>> ClientCertificate::parse(std::string_view chain, const Secret& key,
                                                                          std::string_view chain_name, std::string_view key_name) {
  auto parts = std::make_unique<Parts>();
  GODWIT_TRY(parts->chain, read_chain(chain, chain_name));
  GODWIT_TRY(parts->key, read_key(key, key_name));
  const bool fits = X509_check_private_key(parts->chain.front().get(), parts->key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail(codes::client_certificate_key,
                fmt::format("{} is not the key of the first certificate in {}; give the two that belong together, the client's own "
                            "certificate first",
                            printable(key_name), printable(chain_name)));
  }
  GODWIT_CHECK(check_dates(*parts->chain.front(), chain_name));
  return std::shared_ptr<const ClientCertificate>(new ClientCertificate(std::move(parts)));
}

void ClientCertificate::use_in(ssl_st& ssl) const {
  bool is_set = SSL_use_certificate(&ssl, parts_->chain.front().get()) == 1 && SSL_use_PrivateKey(&ssl, parts_->key.get()) == 1;
  for (std::size_t i = 1; is_set && i < parts_->chain.size(); ++i) is_set = SSL_add1_chain_cert(&ssl, parts_->chain[i].get()) == 1;
  if (!is_set) throw std::bad_alloc();
}

}  // namespace godwit::net
