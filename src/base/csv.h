// SPDX-License-Identifier: Apache-2.0
// Files of comma-separated values, as RFC 4180 says, that spreadsheets may open without harm.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace godwit {

// One cell: in quotes where it holds a comma, a semicolon, a tab, a quote or a line break (RFC 4180 §2.6, §2.7). Text that a
// spreadsheet would take for a formula (it begins with = + - @, their full-width forms, a tab, a line break or NUL, perhaps
// behind blanks) gets an apostrophe in front (OWASP, CSV Injection). A negative number is such a text, too: numbers need no
// csv_cell().
[[nodiscard]] std::string csv_cell(std::string_view text);

// A whole line of texts, with CR LF.
[[nodiscard]] std::string csv_row(std::span<const std::string> cells);

}  // namespace godwit
