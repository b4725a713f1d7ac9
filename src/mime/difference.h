// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace godwit::mime {

// For people: what a server made of a message. "3 bytes differ, the first at offset 120: 0x00 became 0x80"; "12 bytes shorter,
// differs from offset 78 on". Empty when the two are equal.
[[nodiscard]] std::string describe_difference(std::string_view original, std::string_view stored);

}  // namespace godwit::mime
