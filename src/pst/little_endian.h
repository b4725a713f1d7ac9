// SPDX-License-Identifier: Apache-2.0
// Numbers as Microsoft's formats have them, and a reader of such formats.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

namespace godwit::pst {

// Of at most eight bytes.
[[nodiscard]] constexpr std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

// Zero where the bytes end before it.
template <std::integral Number>
[[nodiscard]] constexpr Number number_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(Number)) return 0;
  return static_cast<Number>(little_endian(bytes.substr(at, sizeof(Number))));
}

// Takes a format apart from its beginning on; after the end of its bytes everything is empty and is_good() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  template <std::integral Number>
  Number number() {
    return static_cast<Number>(little_endian(bytes(sizeof(Number))));
  }
  std::string_view bytes(std::size_t size) {
    if (size > rest_.size()) {
      is_good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace godwit::pst
