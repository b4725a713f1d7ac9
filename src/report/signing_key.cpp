// SPDX-License-Identifier: Apache-2.0
#include "report/signing_key.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <new>
#include <optional>

#include "base/error_code.h"
#include "base/secret.h"
#include "base/text.h"
#include "report/output_file.h"
#include "vault/secret_file.h"

namespace godwit::report {
namespace {

using std::filesystem::path;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

// OpenSSL's queue of errors belongs to the thread: what is left there would be told as the fault of a TLS connection.
class QuietErrors {
 public:
  QuietErrors() { ERR_clear_error(); }
  ~QuietErrors() { ERR_clear_error(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

std::unexpected<Error> refuse(const path& file, std::string_view why) {
  return fail(codes::key_file, fmt::format("{}: {}", printable(file.native()), why));
}

Bio open_text(const Secret& text) {
  Bio bio(BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.reveal().size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

Secret text_of(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return Secret(std::string(data, static_cast<std::size_t>(size)));
}

// Instead of OpenSSL's own, which asks on the terminal.
int give_no_passphrase(char*, int, int, void*) { return -1; }

Result<> check_algorithm(const path& file, const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return {};
  return refuse(file, "this key is not of the kind Ed25519; let godwit make one, or run openssl genpkey -algorithm ed25519");
}

Result<> write_file(const path& file, mode_t mode, const Secret& text, Result<> (OutputFile::*publish)()) {
  GODWIT_TRY(OutputFile output, OutputFile::create(file, mode));
  GODWIT_CHECK(output.write(text.reveal()));
  return (output.*publish)();
}

}  // namespace

path public_key_file(const path& private_file) { return path(private_file) += ".pub"; }

PublicKey::PublicKey(const evp_pkey_st& key) {
  std::size_t size = bytes_.size();
  if (EVP_PKEY_get_raw_public_key(&key, bytes_.data(), &size) != 1 || size != bytes_.size()) throw std::bad_alloc();
}

Result<PublicKey> PublicKey::load(const path& file) {
  const QuietErrors quiet;
  GODWIT_TRY(const Secret text, vault::read_key_file(file, vault::Readers::anybody));
  if (text.reveal().contains("PRIVATE KEY-----")) {
    return refuse(file, "this is a private key; give the public one, whose name ends in .pub");
  }
  const Key key(PEM_read_bio_PUBKEY(open_text(text).get(), nullptr, give_no_passphrase, nullptr));
  if (!key) return refuse(file, "there is no public key in this file; it begins with \"-----BEGIN PUBLIC KEY-----\"");
  GODWIT_CHECK(check_algorithm(file, key.get()));
  return PublicKey(*key);
}

bool PublicKey::verifies(std::string_view message, const Signature& signature) const {
  const QuietErrors quiet;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_.data(), bytes_.size()));
  const DigestContext context(EVP_MD_CTX_new());
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

std::string PublicKey::hex() const { return to_hex({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}); }

Result<SigningKey> SigningKey::make(const path& file) {
  const QuietErrors quiet;
  std::shared_ptr<EVP_PKEY> pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), Free());
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!pair || !bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(ErrorKind::bug, "OpenSSL made no Ed25519 key");
  }
  const SigningKey key(std::move(pair));
  GODWIT_CHECK(write_file(file, 0600, text_of(*bio), &OutputFile::publish_new));
  GODWIT_CHECK(key.write_public_key(file));
  return key;
}

Result<SigningKey> SigningKey::load(const path& file) {
  const QuietErrors quiet;
  GODWIT_TRY(const Secret text, vault::read_key_file(file, vault::Readers::owner));
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(open_text(text).get(), nullptr, give_no_passphrase, nullptr), Free());
  if (!key && text.reveal().contains("ENCRYPTED")) {
    return refuse(file, "this key is encrypted; godwit needs it without a passphrase (openssl pkey -in KEY -out NEW), and with "
                        "mode 0600");
  }
  if (!key) return refuse(file, "there is no private key in this file; it begins with \"-----BEGIN PRIVATE KEY-----\"");
  GODWIT_CHECK(check_algorithm(file, key.get()));
  return SigningKey(std::move(key));
}

Result<SigningKey> SigningKey::load_or_make(const path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return make(file);
  GODWIT_TRY(SigningKey key, load(file));
  if (!std::filesystem::exists(public_key_file(file), ignored)) GODWIT_CHECK(key.write_public_key(file));
  return key;
}

Result<> SigningKey::write_public_key(const path& private_file) const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) return fail(ErrorKind::bug, "OpenSSL wrote no public key");
  return write_file(public_key_file(private_file), 0644, text_of(*bio), &OutputFile::publish);
}

Signature SigningKey::sign(std::string_view message) const {
  const QuietErrors quiet;
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature{};
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(message.data()),
                     message.size()) != 1) {
    throw std::bad_alloc();
  }
  return signature;
}

PublicKey SigningKey::public_key() const { return PublicKey(*key_); }

}  // namespace godwit::report
