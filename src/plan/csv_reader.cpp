// SPDX-License-Identifier: Apache-2.0
#include "plan/csv_reader.h"

#include <algorithm>
#include <utility>

namespace godwit::plan {

CsvFault CsvReader::fault(std::string what) const { return {line_, column_, std::move(what)}; }

void CsvReader::advance(std::size_t size) {
  for (const char c : rest_.substr(0, size)) {
    column_ = c == '\n' ? 1 : column_ + 1;
    if (c == '\n') ++line_;
  }
  rest_.remove_prefix(size);
}

void CsvReader::skip_line() { advance(std::min(rest_.find('\n'), rest_.size() - 1) + 1); }

bool CsvReader::take_line_end() {
  const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
  advance(size);
  return size > 0;
}

CsvReader::Field CsvReader::take_quoted() {
  const CsvFault unclosed = fault("this quote is not closed; put a quote at the end of the field, and write \"\" for a quote in it");
  advance(1);
  std::string field;
  while (true) {
    const auto quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      advance(rest_.size());
      return std::unexpected(unclosed);
    }
    field += rest_.substr(0, quote);
    advance(quote + 1);
    if (!rest_.starts_with('"')) return field;
    field += '"';
    advance(1);
  }
}

CsvReader::Field CsvReader::take_field() {
  Field field;
  if (rest_.starts_with('"')) {
    field = take_quoted();
  } else {
    const char stops[] = {delimiter_, '"', '\r', '\n'};
    const std::string_view plain = rest_.substr(0, rest_.find_first_of(std::string_view(stops, sizeof stops)));
    field = std::string(plain);
    advance(plain.size());
    if (rest_.starts_with('"')) {
      return std::unexpected(
          fault("there is a quote inside a field without quotes; write the whole field in quotes, and \"\" for a quote in it"));
    }
  }
  const bool is_at_end = rest_.empty() || rest_.front() == delimiter_ || rest_.front() == '\n' || rest_.starts_with("\r\n");
  if (!field || is_at_end) return field;
  if (rest_.front() == '\r') return std::unexpected(fault("a carriage return stands alone; save the file with LF or CRLF as line ends"));
  return std::unexpected(fault("there is something behind the closing quote; write \"\" for a quote in a field"));
}

std::optional<std::expected<CsvRecord, CsvFault>> CsvReader::next() {
  if (rest_.empty()) return std::nullopt;
  CsvRecord record{.line = line_, .fields = {}};
  while (true) {
    Field field = take_field();
    if (!field) {
      if (!rest_.empty()) skip_line();
      return std::unexpected(std::move(field).error());
    }
    record.fields.push_back(std::move(*field));
    if (rest_.empty() || take_line_end()) return record;
    advance(1);  // the delimiter
  }
}

}  // namespace godwit::plan
