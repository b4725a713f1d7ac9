// SPDX-License-Identifier: Apache-2.0
// The bytes of POP3 (RFC 1939 §3) without I/O. Bad input is an error of kind syntax that shows the line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pop3/types.h"

namespace godwit::pop3 {

// Lines without their ends.
[[nodiscard]] Result<Status> parse_status(std::string_view line);
[[nodiscard]] Capability parse_capability(std::string_view line);
[[nodiscard]] Result<ListedSize> parse_listed_size(std::string_view line);
[[nodiscard]] Result<UniqueId> parse_unique_id(std::string_view line);

// "<1896.697170952@dbc.mtview.ca.us>" of a greeting, brackets included (RFC 1939 §7); empty: there is none.
[[nodiscard]] std::string_view timestamp_of(std::string_view greeting);
// What APOP says: MD5 of the timestamp and the password, in hexadecimal digits. Error login_unsupported: this machine has no MD5.
[[nodiscard]] Result<std::string> apop_digest(std::string_view timestamp, std::string_view password);

// Of how a server ends its lines. Whoever ends the greeting in LF alone is taken at its word for the whole session.
enum class LineEnds : std::uint8_t { crlf, lf };

// The lines of a multi-line answer, up to the line with a dot alone, in whatever pieces they come; a dot in front of a line is taken
// away. Nothing is kept, so that a line may have any length.
class AnswerDecoder {
 public:
  explicit AnswerDecoder(LineEnds ends = LineEnds::crlf) : ends_(ends) {}

  // Takes from the front of `input` what belongs to the answer and appends it to `output`, with CRLF where the server ends lines.
  void take(std::string_view& input, std::string& output);
  [[nodiscard]] bool is_over() const { return place_ == Place::over; }

 private:
  enum class Place : std::uint8_t { line_start, dot, dot_cr, text, cr, over };
  void take_text(std::string_view& input, std::string& output);
  void take_one(char c, std::string& output);
  void take_after_dot(char c, std::string& output);

  LineEnds ends_;
  Place place_ = Place::line_start;
};

// Cuts decoded bytes into lines.
class LineCutter {
 public:
  explicit LineCutter(std::size_t limit) : limit_(limit) {}
  // The next whole line, without its end; nothing when the input is used up. Error response_too_large.
  [[nodiscard]] Result<std::optional<std::string>> next(std::string_view& input);

 private:
  std::size_t limit_;
  std::string line_;
};

}  // namespace godwit::pop3
