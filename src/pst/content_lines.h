// SPDX-License-Identifier: Apache-2.0
// The lines that iCalendar (RFC 5545 §3.1) and vCard 3.0 (RFC 2426) are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::pst {

class ContentLines {
 public:
  // The value as it is: "DTSTART;TZID=…", "20260101T100000". Folded at 75 bytes, never inside a character.
  void add(std::string_view name, std::string_view value);
  // The value escaped; nothing is added where it is empty.
  void add_text(std::string_view name, std::string_view text);
  void add_lines(std::string_view lines) { text_ += lines; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Backslashes, commas, semicolons and line ends as RFC 5545 §3.3.11 wants them; other control characters are left out.
[[nodiscard]] std::string escaped(std::string_view text);
// ";CN=\"Smith, Alice\"": quotes become apostrophes, control characters are left out. Empty where the value is empty.
[[nodiscard]] std::string parameter_of(std::string_view name, std::string_view value);
// One that stays in one line and in its parameter.
[[nodiscard]] std::string clean_line(std::string_view text);

// Seconds since 1970 as "20260131T235959", "20260131". Years are kept between 1601 and 4500, as Outlook has them.
[[nodiscard]] std::string date_time_text(std::int64_t seconds);
[[nodiscard]] std::string date_text(std::int64_t seconds);

}  // namespace godwit::pst
