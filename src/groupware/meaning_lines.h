// SPDX-License-Identifier: Apache-2.0
// What meanings of calendars and of address books are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "groupware/content_lines.h"
#include "groupware/meaning.h"

namespace godwit::groupware {

[[nodiscard]] Result<Meaning> calendar_meaning(std::string_view bytes);
[[nodiscard]] Result<Meaning> card_meaning(std::string_view bytes);

// In one line: line feeds and backslashes escaped.
[[nodiscard]] std::string in_one_line(std::string_view text);
// What stands for bytes: their number and digest.
[[nodiscard]] std::string digest_text(std::string_view bytes);
// Base64 (RFC 4648) with blanks and without padding is as good. Nothing: it is none.
[[nodiscard]] std::optional<std::string> bytes_of_base64(std::string_view text);
// Sorts the lines and makes the digest of them.
void finish(Meaning& meaning);

// A property as one line: "ATTENDEE {CN=A; ROLE=CHAIR}: mailto:a@example.com".
[[nodiscard]] std::string line_of(std::string_view label, std::vector<std::string> parameters, std::string_view value);

}  // namespace godwit::groupware
