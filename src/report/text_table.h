// SPDX-License-Identifier: Apache-2.0
// Aligned columns for a terminal or a mail. Pure.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::report {

// Columns that a terminal needs for printable() text: two for East Asian wide characters and emoji, none for combining marks.
[[nodiscard]] std::size_t columns_of(std::string_view text);
// At most that many columns, ending in "…" where something was cut.
[[nodiscard]] std::string cut_to_columns(std::string_view text, std::size_t columns);
// Lines of at most `columns`, broken at blanks where there are any, each with `indent` blanks in front and a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    std::size_t widest = 40;  // columns of the terminal; longer cells are cut
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells);  // as many as there are columns, printable()
  // Heads, a rule, the rows; each line begins with two blanks. Nothing when there are no rows.
  void print(std::ostream& out) const;

 private:
  void print_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::ostream& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace godwit::report
