// SPDX-License-Identifier: Apache-2.0
#include "net/channel_binding.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <array>

#include "net/certificate.h"

namespace godwit::net {
namespace {

// RFC 9266 §2: no context, 32 bytes.
std::optional<std::string> exporter(SSL& ssl) {
  if (SSL_version(&ssl) < TLS1_3_VERSION && SSL_get_extms_support(&ssl) != 1) return std::nullopt;
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::string key(32, '\0');
  const int status = SSL_export_keying_material(&ssl, reinterpret_cast<unsigned char*>(key.data()), key.size(), label.data(), label.size(),
                                                reinterpret_cast<const unsigned char*>(""), 0, 1);
  if (status != 1) return std::nullopt;
  return key;
}

// RFC 5929 §3: the first Finished message, which is the client's in a full handshake.
std::optional<std::string> unique(SSL& ssl) {
  if (SSL_version(&ssl) > TLS1_2_VERSION) return std::nullopt;
  std::string finished(EVP_MAX_MD_SIZE, '\0');
  finished.resize(SSL_get_finished(&ssl, finished.data(), finished.size()));
  if (finished.empty()) return std::nullopt;
  return finished;
}

// RFC 5929 §4.1: the certificate by the digest of its own signature, SHA-256 in place of MD5 and SHA-1.
std::optional<std::string> server_end_point(SSL& ssl) {
  const Certificate certificate(SSL_get1_peer_certificate(&ssl));
  int digest_kind = NID_undef;
  if (!certificate || X509_get_signature_info(certificate.get(), &digest_kind, nullptr, nullptr, nullptr) != 1) return std::nullopt;
  if (digest_kind == NID_md5 || digest_kind == NID_sha1) digest_kind = NID_sha256;
  const EVP_MD* const digest = EVP_get_digestbynid(digest_kind);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (digest == nullptr || X509_digest(certificate.get(), digest, bytes.data(), &size) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

}  // namespace

std::optional<std::string> channel_binding_of(SSL& ssl, std::string_view type) {
  if (type == "tls-exporter") return exporter(ssl);
  if (type == "tls-unique") return unique(ssl);
  if (type == "tls-server-end-point") return server_end_point(ssl);
  return std::nullopt;
}

}  // namespace godwit::net
