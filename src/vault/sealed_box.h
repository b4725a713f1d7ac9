// SPDX-License-Identifier: Apache-2.0
// Passwords sealed with libsodium's sealed boxes (X25519, XSalsa20-Poly1305; https://doc.libsodium.org/public-key_cryptography/
// sealed_boxes): whoever has the public half seals, only the private half opens. No I/O.
//
// What is sealed: a version byte (1); the side (0 source, 1 target); the length of the account's name as four bytes, lowest first;
// the name; the password, padded to a multiple of 128 bytes (ISO/IEC 7816-4), so that its length does not show. So a box says for
// whom it is, and opens for nobody else.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "ledger/ledger.h"

namespace godwit::vault {

using ledger::Login;
using ledger::Side;

class PublicKey {
 public:
  static constexpr std::size_t size = 32;
  // From the form in which the ledger keeps it; `storage` when it has another length.
  [[nodiscard]] static Result<PublicKey> of(std::string_view bytes);
  [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  // The first eight bytes in hexadecimal: what people tell keys apart by.
  [[nodiscard]] std::string name() const;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class PrivateKey;
  std::array<unsigned char, size> bytes_{};
};

// Kept in pages of its own that are locked in memory (where the limit on it allows that), left out of core dumps, read-only, and
// wiped at the end.
class PrivateKey {
 public:
  [[nodiscard]] static Result<PrivateKey> make();
  // From the 32 bytes in hexadecimal; `storage` when they are not that.
  [[nodiscard]] static Result<PrivateKey> of(std::string_view hexadecimal);
  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Secret hex() const;

  // `storage` when it is damaged, sealed with another key, or another login's.
  [[nodiscard]] Result<Secret> open(std::string_view sealed, const Login& login) const;

 private:
  struct Free {
    void operator()(unsigned char* bytes) const;
  };
  using Bytes = std::unique_ptr<unsigned char, Free>;
  explicit PrivateKey(Bytes bytes);
  [[nodiscard]] static Result<Bytes> allocate();

  Bytes bytes_;
  PublicKey public_;
};

// Two boxes with the same in them differ. `usage` when the password is empty.
[[nodiscard]] Result<std::string> seal(const PublicKey& key, const Login& login, const Secret& password);

}  // namespace godwit::vault
