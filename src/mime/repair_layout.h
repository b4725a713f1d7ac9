// SPDX-License-Identifier: Apache-2.0
// Where the parts of a message lie: header fields, bodies, and what stands around them. Takes any bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::mime {

// How the lines of a message end: as the first LF does; CR only where there is no LF at all.
[[nodiscard]] std::string_view newline_of(std::string_view text);  // "\r\n", "\n" or "\r"

// Reads the physical lines of text[begin, end).
struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;   // of the content
  std::size_t next = 0;  // behind the newline
  [[nodiscard]] bool empty() const { return begin == end; }
};
class LineReader {
 public:
  LineReader(std::string_view text, std::string_view newline, std::size_t begin, std::size_t end)
      : text_(text.substr(0, end)), mark_(newline.back()), position_(begin) {}
  [[nodiscard]] std::optional<Line> next();

 private:
  std::string_view text_;
  char mark_;
  std::size_t position_;
};

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// A header field with its continuation lines; `colon` is npos when the line is none (then it has no continuation lines).
struct Field {
  std::size_t begin = 0;
  std::size_t colon = 0;
  std::size_t end = 0;  // behind the newline of the last line
  [[nodiscard]] bool is_field() const { return colon != std::string_view::npos; }
  [[nodiscard]] Range value() const { return {colon + 1, end}; }
  [[nodiscard]] bool is_named(std::string_view text, std::string_view name) const;
  [[nodiscard]] std::string_view name(std::string_view text) const;  // without blanks in front of the colon
};

// The colon of a line that begins a field, else npos.
[[nodiscard]] std::size_t find_colon(std::string_view line);
[[nodiscard]] inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

struct Parameter {
  std::string name;   // lower case
  Range place;        // from the name to the end of the value, within the text
  std::string value;  // unquoted
};
// What follows "Content-Type:": "text/plain; charset=utf-8".
struct ParameterizedValue {
  std::string main;  // lower case
  std::vector<Parameter> parameters;
  [[nodiscard]] std::string_view find(std::string_view name) const;
};
[[nodiscard]] ParameterizedValue parse_parameters(std::string_view text, Range value);

struct Part {
  enum class Kind {
    leaf,
    multipart,
    message,
    fixed
  };  // fixed: may not or cannot be encoded (message/partial, unknown encodings)
  enum class Encoding { identity, base64, quoted_printable };

  std::vector<Field> fields;
  std::size_t header_begin = 0;
  std::size_t header_end = 0;  // here the empty line stands
  Range body;
  Kind kind = Kind::leaf;
  Encoding encoding = Encoding::identity;
  std::string type;               // "text/plain", lower case; the default where none is given
  std::string charset;            // lower case, often empty
  bool is_whole_message = false;  // the message itself, or one inside message/rfc822

  [[nodiscard]] const Field* find(std::string_view text, std::string_view name) const;
  // A leaf without encoding whose bytes are no text: NUL, CR and LF are content there.
  [[nodiscard]] bool is_data(std::string_view text) const;
};

struct Layout {
  std::string_view newline;
  std::vector<Part> parts;     // outer before inner, else in the order of the text; the first is the message
  std::vector<Range> fillers;  // preambles and epilogues: no reader shows them
};
[[nodiscard]] Layout find_layout(std::string_view text);

}  // namespace godwit::mime
