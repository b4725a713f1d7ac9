// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) over OpenSSL.
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <string_view>

namespace godwit {

struct Digest {
  std::array<unsigned char, 32> bytes{};
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // The reverse; missing bytes are zero.
  [[nodiscard]] static Digest from(std::string_view view);
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// Reusable: after finish() the next update() begins a new digest.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Uses one context per thread, so that small messages do not pay for its making.
[[nodiscard]] Digest sha256(std::string_view bytes);

}  // namespace godwit
