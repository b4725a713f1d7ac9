// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens signed with RS256 (RFC 7515, RFC 7518 section 3.3, RFC 7519), for applications and service accounts. No I/O.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::oauth {

[[nodiscard]] std::string to_base64url(std::string_view bytes);  // RFC 4648 section 5, without padding
[[nodiscard]] std::string random_text();                         // 256 bits in base64url: for `state`, `jti` and PKCE

// An RSA key of at least 2048 bits.
class SigningKey {
 public:
  // From PEM (PKCS #8 or PKCS #1), not encrypted. Error of kind usage: what it is instead.
  [[nodiscard]] static Result<SigningKey> from_pem(const Secret& pem);
  [[nodiscard]] Result<std::string> sign_sha256(std::string_view text) const;  // the raw signature
  // Error of kind usage: the certificate (PEM) cannot be read, or is another key's.
  [[nodiscard]] Result<> check_belongs_to(std::string_view certificate) const;

 private:
  struct Key;
  explicit SigningKey(std::shared_ptr<const Key> key) : key_(std::move(key)) {}
  std::shared_ptr<const Key> key_;
};

// SHA-1 of the first certificate in the PEM, in base64url (RFC 7515 section 4.1.7: x5t). Error of kind usage.
[[nodiscard]] Result<std::string> thumbprint_of(std::string_view certificate);

struct Claims {
  std::string issuer, subject, audience;
  std::string scope{};
  std::string id{};  // jti
  std::chrono::sys_seconds issued_at;
  std::chrono::seconds lifetime{3600};
};
struct KeyName {
  std::string id{};          // kid
  std::string thumbprint{};  // x5t
};
[[nodiscard]] Result<Secret> make_jwt(const Claims& claims, const SigningKey& key, const KeyName& name);

// What Google's console gives for a service account.
struct ServiceAccount {
  std::string email, key_id;
  Secret key;  // PEM
  std::string token_url{};
};
// `file` is for errors (usage). The JSON is wiped.
[[nodiscard]] Result<ServiceAccount> parse_service_account(const Secret& json, const std::filesystem::path& file);

}  // namespace godwit::oauth
