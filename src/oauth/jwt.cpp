// SPDX-License-Identifier: Apache-2.0
#include "oauth/jwt.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace godwit::oauth {
namespace {

using nlohmann::json;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

constexpr int least_bits = 2048;  // RFC 7518 section 3.3

Bio reader_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// A key that is encrypted is not asked about on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Certificate> read_certificate(std::string_view pem) {
  const Bio bio = reader_of(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  if (certificate) return certificate;
  return fail(ErrorKind::usage, "this is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----");
}

}  // namespace

struct SigningKey::Key {
  EVP_PKEY* handle;
  explicit Key(EVP_PKEY* own) : handle(own) {}
  ~Key() { EVP_PKEY_free(handle); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
};

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  text.resize(text.find_last_not_of('=') + 1);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string random_text() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("OpenSSL gives no random bytes");
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem) {
  const Bio bio = reader_of(pem.reveal());
  auto key = std::make_shared<const Key>(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key->handle == nullptr) {
    return fail(ErrorKind::usage, "this is no private key in PEM without a passphrase: it begins with -----BEGIN PRIVATE KEY-----");
  }
  if (EVP_PKEY_get_base_id(key->handle) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key->handle) < least_bits) {
    return fail(ErrorKind::usage, "RS256 needs an RSA key of 2048 bits or more, and this is another one");
  }
  return SigningKey(std::move(key));
}

Result<std::string> SigningKey::sign_sha256(std::string_view text) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_->handle)), '\0');
  std::size_t size = signature.size();
  const bool is_signed = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->handle) == 1 &&
                         EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  if (!is_signed) return fail(ErrorKind::bug, "OpenSSL does not sign with the key");
  signature.resize(size);
  return signature;
}

Result<> SigningKey::check_belongs_to(std::string_view certificate) const {
  GODWIT_TRY(const Certificate parsed, read_certificate(certificate));
  if (X509_check_private_key(parsed.get(), key_->handle) == 1) return {};
  return fail(ErrorKind::usage, "certificate and key do not belong together");
}

Result<std::string> thumbprint_of(std::string_view certificate) {
  GODWIT_TRY(const Certificate parsed, read_certificate(certificate));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(parsed.get(), EVP_sha1(), digest.data(), &size) != 1)
    return fail(ErrorKind::bug, "OpenSSL makes no digest of the certificate");
  return to_base64url({reinterpret_cast<const char*>(digest.data()), size});
}

Result<Secret> make_jwt(const Claims& claims, const SigningKey& key, const KeyName& name) {
  const auto issued = claims.issued_at.time_since_epoch().count();
  json header = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (!name.id.empty()) header["kid"] = name.id;
  if (!name.thumbprint.empty()) header["x5t"] = name.thumbprint;
  json body = {{"iss", claims.issuer}, {"sub", claims.subject}, {"aud", claims.audience}, {"iat", issued},
               {"exp", issued + claims.lifetime.count()}};
  if (!claims.scope.empty()) body["scope"] = claims.scope;
  if (!claims.id.empty()) body["jti"] = claims.id;
  constexpr auto replace = json::error_handler_t::replace;
  const std::string text = to_base64url(header.dump(-1, ' ', true, replace)) + "." + to_base64url(body.dump(-1, ' ', true, replace));
  GODWIT_TRY(const std::string signature, key.sign_sha256(text));
  return Secret(text + "." + to_base64url(signature));
}

Result<ServiceAccount> parse_service_account(const Secret& text, const std::filesystem::path& file) {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorKind::usage,
                fmt::format("{}: {}; take the JSON file that the console gives when a key is made for the service account",
                            printable(file.native()), what));
  };
  json object = json::parse(text.reveal(), nullptr, false);
  if (!object.is_object()) return refuse("this is no JSON object");
  std::array<std::string, 5> fields;
  constexpr std::array names{"type", "client_email", "private_key_id", "private_key", "token_uri"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = object.find(names.at(i));
    if (found != object.end() && found->is_string()) fields.at(i) = std::move(found->get_ref<json::string_t&>());
  }
  ServiceAccount account{std::move(fields[1]), std::move(fields[2]), Secret(std::move(fields[3])), std::move(fields[4])};
  if (fields[0] != "service_account") return refuse("it is no service account's (\"type\": \"service_account\")");
  if (account.email.empty() || account.key.empty()) return refuse("client_email or private_key is missing");
  return account;
}

}  // namespace godwit::oauth
