// SPDX-License-Identifier: Apache-2.0
// Small text helpers that the standard library lacks. ASCII only where case is concerned, as the protocols are.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit {

[[nodiscard]] constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
[[nodiscard]] constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

// Control characters, invalid UTF-8 and bidi marks become \xNN or \u{NNNN}, so that server text and folder names cannot
// move a terminal's cursor or reorder what an operator reads.
[[nodiscard]] std::string printable(std::string_view bytes);

// A JSON string with its quotes (RFC 8259 §7). What printable() makes visible is escaped as \uNNNN, and bytes that are no UTF-8
// become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view bytes);

// Decimal digits only, the whole of `text`, within the range of Integer; else nothing.
template <std::unsigned_integral Integer>
[[nodiscard]] std::optional<Integer> parse_number(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[nodiscard]] std::string to_hex(std::string_view bytes);                              // lower case
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);               // colons and blanks are skipped
[[nodiscard]] std::string to_base64(std::string_view bytes);                           // RFC 4648 §4, padded
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);           // the same form and no other
[[nodiscard]] std::string grouped(std::uint64_t number);  // "1,234,567"
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);                           // "12.3 MiB"

}  // namespace godwit
