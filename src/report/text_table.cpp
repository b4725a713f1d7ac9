// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"

#include <algorithm>
#include <array>
#include <ostream>

namespace godwit::report {
namespace {

struct Range {
  char32_t first, last;
  std::size_t columns;
};
// What matters in names and subjects of Unicode's East Asian Width (UAX #11) and of its combining marks.
constexpr std::array ranges{Range{0x300, 0x36F, 0},     Range{0x591, 0x5BD, 0},     Range{0x64B, 0x65F, 0},
                            Range{0x1100, 0x115F, 2},   Range{0x20D0, 0x20FF, 0},   Range{0x2E80, 0xA4CF, 2},
                            Range{0xAC00, 0xD7A3, 2},   Range{0xF900, 0xFAFF, 2},   Range{0xFE00, 0xFE0F, 0},
                            Range{0xFE30, 0xFE6F, 2},   Range{0xFF00, 0xFF60, 2},   Range{0xFFE0, 0xFFE6, 2},
                            Range{0x1F300, 0x1FAFF, 2}, Range{0x20000, 0x3FFFD, 2}};

// Takes the first code point off valid UTF-8; returns its bytes and its columns.
std::pair<std::string_view, std::size_t> take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = std::min<std::size_t>(text.size(), lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1);
  char32_t code_point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  const std::string_view bytes = text.substr(0, size);
  text.remove_prefix(size);
  const auto* const range = std::ranges::find_if(ranges, [code_point](const Range& each) {
    return code_point >= each.first && code_point <= each.last;
  });
  return {bytes, range == ranges.end() ? 1 : range->columns};
}

void append_padded(std::string& line, std::string_view cell, std::size_t width, TextTable::Align align) {
  const std::string padding(width - std::min(width, columns_of(cell)), ' ');
  line += align == TextTable::Align::right ? padding : std::string();
  line += cell;
  line += align == TextTable::Align::right ? std::string() : padding;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += take_code_point(text).second;
  return columns;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
  if (text.size() <= columns || columns_of(text) <= columns) return std::string(text);
  std::string result;
  std::size_t used = 1;  // the last one
  while (!text.empty()) {
    const auto [bytes, width] = take_code_point(text);
    used += width;
    if (used > columns) break;
    result += bytes;
  }
  return columns == 0 ? std::string() : result + "…";
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  const std::string margin(indent, ' ');
  const std::size_t width = columns > indent ? columns - indent : 1;
  std::string result, line;
  const auto end_line = [&] {
    if (!line.empty()) result += margin + line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > width) end_line();
    if (!line.empty() && !word.empty()) line += ' ';
    while (columns_of(line) + columns_of(word) > width) {  // a word longer than a line
      while (columns_of(line) < width) line += take_code_point(word).first;
      end_line();
    }
    line += word;
  }
  end_line();
  return result;
}

void TextTable::add(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = cut_to_columns(cells[i], columns_.at(i).widest);
  rows_.push_back(std::move(cells));
}

void TextTable::print_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::ostream& out) const {
  std::string line = " ";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += i == 0 ? " " : "  ";
    append_padded(line, cells[i], widths[i], columns_[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void TextTable::print(std::ostream& out) const {
  if (rows_.empty()) return;
  std::vector<std::string> titles, rules;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_of(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, columns_of(row[i]));
    widths.push_back(width);
    titles.push_back(columns_[i].title);
    std::string rule;
    for (std::size_t k = 0; k < width; ++k) rule += "─";
    rules.push_back(std::move(rule));
  }
  print_row(titles, widths, out);
  print_row(rules, widths, out);
  for (const auto& row : rows_) print_row(row, widths, out);
}

}  // namespace godwit::report
