// SPDX-License-Identifier: Apache-2.0
// Records of a CSV file (RFC 4180), with another delimiter too; lines end with CRLF or LF.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::plan {

struct CsvRecord {
  std::size_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};
struct CsvFault {
  std::size_t line = 0, column = 0;  // from 1; the column is in bytes
  std::string what;
};

class CsvReader {
 public:
  // `text` must outlive the reader.
  // Its first line has the number `first_line`.
  CsvReader(std::string_view text, char delimiter, std::size_t first_line = 1) : rest_(text), delimiter_(delimiter), line_(first_line) {}

  // Nothing at the end; an end of line at the end of the text begins no record. An empty line is a record of one empty field.
  // Behind a fault the reader goes on with the next line; behind a quote that is not closed there is none.
  [[nodiscard]] std::optional<std::expected<CsvRecord, CsvFault>> next();

 private:
  using Field = std::expected<std::string, CsvFault>;
  [[nodiscard]] Field take_field();
  [[nodiscard]] Field take_quoted();
  [[nodiscard]] bool take_line_end();
  [[nodiscard]] CsvFault fault(std::string what) const;
  void advance(std::size_t size);
  void skip_line();

  std::string_view rest_;
  char delimiter_;
  std::size_t line_, column_ = 1;
};

}  // namespace godwit::plan
