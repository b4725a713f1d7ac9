// SPDX-License-Identifier: Apache-2.0
// The forms in which things stand in an Internet message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pst/mail_parts.h"

namespace godwit::pst {

// One header field, folded and closed by CRLF. Text that is not ASCII becomes encoded words (RFC 2047, UTF-8, base64); control characters
// become blanks.
[[nodiscard]] std::string text_field(std::string_view name, std::string_view text);
// A list of addresses. A name without an address becomes an empty group "Name:;" (RFC 5322 §3.4, in From by RFC 6854).
[[nodiscard]] std::string address_field(std::string_view name, const std::vector<Address>& addresses);
// "; filename=\"a.txt\"", folded; RFC 2231 where it is not ASCII.
[[nodiscard]] std::string parameter(std::string_view name, std::string_view text);
// "Thu, 16 Jul 2015 08:00:00 +0000"
[[nodiscard]] std::string date_time(std::int64_t seconds);

// Bodies with their lines ended by CRLF.
[[nodiscard]] std::string quoted_printable(std::string_view text);  // RFC 2045 §6.7; line ends of any kind are line ends
[[nodiscard]] std::string base64_lines(std::string_view bytes);

}  // namespace godwit::pst
