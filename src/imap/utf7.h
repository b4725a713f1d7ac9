// SPDX-License-Identifier: Apache-2.0
// Mailbox names on the wire: the modified UTF-7 of RFC 3501 §5.1.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit::imap {

// Strict: only the one canonical form that encode_utf7() makes is decoded, so that decoding never maps two names to one.
[[nodiscard]] std::optional<std::string> decode_utf7(std::string_view wire);

// Nothing when `text` is not UTF-8.
[[nodiscard]] std::optional<std::string> encode_utf7(std::string_view text);

// In front of a name that is to go onto the wire as it is. No UTF-8 text holds this byte.
inline constexpr char raw_name_mark = '\xFF';

// The wire form of a name that a caller gives: UTF-8 is encoded; what bears raw_name_mark, and what is not UTF-8, is sent as it is.
[[nodiscard]] std::string mailbox_to_wire(std::string_view name);

}  // namespace godwit::imap
