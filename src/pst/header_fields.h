// SPDX-License-Identifier: Apache-2.0
// The header of a message as it came from the network, taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::pst {

struct HeaderField {
  std::string name;
  std::string text;  // the whole field with its name, lines ending in CRLF
};

// Up to the first empty line. Lines that are no field (RFC 5322 §2.2) and do not continue one are left out, and so are NULs.
[[nodiscard]] std::vector<HeaderField> header_fields(std::string_view header);

[[nodiscard]] bool has_field(const std::vector<HeaderField>& fields, std::string_view name);

}  // namespace godwit::pst
