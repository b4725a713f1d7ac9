// SPDX-License-Identifier: Apache-2.0
// The line in front of each message of an mbox: "From alice@example.com Tue Mar  4 03:33:20 2003" (RFC 4155, and the many forms that are
// older than it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/internal_date.h"

namespace godwit::adapters {

struct FromLine {
  std::optional<InternalDate> date;  // nothing: the line has none, "From -" or "From 1844@xxx"
};

// `line` without its end. Nothing where it is no such line: a sentence that begins with "From ". A date is "[weekday] month day time
// [zone] year [zone]" or "[weekday,] day month year time [zone]", seconds and weekday optional; behind it may stand "remote from HOST".
// Without a zone it is the local time of this machine. A line without a date has exactly one word.
[[nodiscard]] std::optional<FromLine> parse_from_line(std::string_view line);

// A date of these forms, as it stands in the fields Date and Received too.
[[nodiscard]] std::optional<InternalDate> parse_mail_date(std::string_view text);

// Without a line end; the date in UTC, as RFC 4155 has it.
[[nodiscard]] std::string make_from_line(const InternalDate& date);

}  // namespace godwit::adapters
