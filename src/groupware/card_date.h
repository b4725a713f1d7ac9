// SPDX-License-Identifier: Apache-2.0
// Days in contacts: "1996-04-15", "19960415", "--0415", with a time of day or without (RFC 2426 section 3.1.5, RFC 6350 section 4.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit::groupware {

struct CardDate {
  std::string year, month, day;  // digits; empty: not told
  std::string time;              // "T102200Z"; empty: none
  [[nodiscard]] bool has_no_year() const { return year.empty(); }
  [[nodiscard]] std::string basic() const;     // "19960415", "--0415", "1996-04", "1996"
  [[nodiscard]] std::string extended() const;  // "1996-04-15"
  [[nodiscard]] std::string with_year(std::string_view year) const;  // extended
};

// Nothing: it is another form, or none.
[[nodiscard]] std::optional<CardDate> parse_card_date(std::string_view value);
[[nodiscard]] bool is_date_property(std::string_view name);

}  // namespace godwit::groupware
