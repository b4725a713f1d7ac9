// SPDX-License-Identifier: Apache-2.0
// A password, key or token: wiped when it goes, and printed by nothing.
#pragma once

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {

// Overwrites all that the string has room for, also what it held when it was longer, and empties it.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // never allocates
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

// The bytes lie in a buffer of their own: a move hands it on, so that nothing stays behind (a short std::string keeps its bytes
// within itself, and leaves them there when it is moved from).
class Secret {
 public:
  Secret() = default;
  // The string is wiped. It should have had its final size from the start: one that grows leaves its bytes in the memory that it
  // frees.
  explicit Secret(std::string&& text) : Secret(std::string_view(text)) { godwit::wipe(text); }
  explicit Secret(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
    std::ranges::copy(bytes, bytes_.get());
  }
  explicit Secret(const char* text) : Secret(std::string_view(text)) {}

  Secret(const Secret& other) : Secret(other.reveal()) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(const Secret& other) { return *this = Secret(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~Secret() { wipe(); }

  // The only way to read it; call it where the bytes go onto the wire, and keep no copy.
  [[nodiscard]] std::string_view reveal() const { return {bytes_.get(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  void wipe() noexcept {
    if (bytes_) ::explicit_bzero(bytes_.get(), size_);
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace godwit
