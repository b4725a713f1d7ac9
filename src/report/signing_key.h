// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) keys that sign manifests: a PEM file in PKCS#8 form (RFC 8410), and beside it, as FILE.pub, the public
// half.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace godwit::report {

using Signature = std::array<unsigned char, 64>;

class PublicKey {
 public:
  // From a PEM file ("BEGIN PUBLIC KEY").
  [[nodiscard]] static Result<PublicKey> load(const std::filesystem::path& file);

  [[nodiscard]] bool verifies(std::string_view message, const Signature& signature) const;
  [[nodiscard]] std::string hex() const;  // the 32 bytes, as manifests name their signer
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class SigningKey;
  explicit PublicKey(const evp_pkey_st& key);
  std::array<unsigned char, 32> bytes_{};
};

// A copy shares the key; the last one wipes it.
class SigningKey {
 public:
  // Makes a key and both its files. The private one has mode 0600 and is never replaced: `exists` when there is one.
  [[nodiscard]] static Result<SigningKey> make(const std::filesystem::path& file);

  // Refuses, with advice: a file that others than its owner can read or write, that belongs to somebody else, that is encrypted,
  // or that holds another kind of key.
  [[nodiscard]] static Result<SigningKey> load(const std::filesystem::path& file);

  // The key of that file, made where there is none; the public half is written again where it is missing.
  [[nodiscard]] static Result<SigningKey> load_or_make(const std::filesystem::path& file);

  [[nodiscard]] Signature sign(std::string_view message) const;
  [[nodiscard]] PublicKey public_key() const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  [[nodiscard]] Result<> write_public_key(const std::filesystem::path& private_file) const;

  std::shared_ptr<evp_pkey_st> key_;
};

[[nodiscard]] std::filesystem::path public_key_file(const std::filesystem::path& private_file);

}  // namespace godwit::report
