// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace godwit::sasl {

// A name as it stands in a GS2 header and in SCRAM (RFC 5801 §4, RFC 5802 §5.1).
[[nodiscard]] inline std::string saslname(std::string_view name) {
  std::string quoted;
  for (const char c : name) {
    if (c == ',' || c == '=') {
      quoted += c == ',' ? "=2C" : "=3D";
    } else {
      quoted += c;
    }
  }
  return quoted;
}

}  // namespace godwit::sasl
