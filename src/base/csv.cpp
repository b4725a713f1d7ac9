// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <algorithm>
#include <array>

namespace godwit {
namespace {

bool looks_like_formula(std::string_view text) {
  using std::string_view_literals::operator""sv;
  constexpr std::array begins{"="sv, "+"sv, "-"sv, "@"sv, "\t"sv, "\r"sv, "\n"sv, "\0"sv, "\uFF1D"sv, "\uFF0B"sv, "\uFF0D"sv, "\uFF20"sv};
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return std::ranges::any_of(begins, [&](std::string_view begin) { return text.starts_with(begin); });
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell = looks_like_formula(text) ? "'" : "";
  cell += text;
  if (cell.find_first_of(",;\t\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string csv_row(std::span<const std::string> cells) {
  std::string row;
  for (const std::string& cell : cells) row.append(&cell == cells.data() ? "" : ",").append(csv_cell(cell));
  return row + "\r\n";
}

}  // namespace godwit
