// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/message_decoder.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_value = 16 * 1024;  // of a field that is looked at

bool is_continuation(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

}  // namespace

bool MessageDecoder::is_looked_at(std::string_view name) const {
  const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
  return is_bookkeeping(name) || is("Subject") || is("X-Gmail-Labels") || (needs_date_ && (is("Date") || is("Received")));
}

std::string_view field_name(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  std::string_view name = line.substr(0, colon);
  while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; }) ? name : std::string_view();
}

bool ends_header(std::string_view line) {
  return line.empty() || (field_name(line).empty() && !is_continuation(line) && !is_quoted_from(line));
}

bool is_quoted_from(std::string_view line) {
  const std::size_t quotes = std::min(line.find_first_not_of('>'), line.size());
  return quotes > 0 && line.substr(quotes).starts_with("From ");
}

void MessageDecoder::end_field() {
  if (!name_.empty()) bookkeeping_.take(name_, value_);
  if (field_ == Field::mark && bookkeeping_.mark()) is_quoted_ = bookkeeping_.mark()->is_quoted;
  name_.clear();
  value_.clear();
}

// Decides what becomes of the field that begins here; takes the prefix of a kept one away.
void MessageDecoder::begin_header_line(std::string_view& text) {
  if (is_continuation(text) && (field_ == Field::shown || field_ == Field::hidden)) return;
  end_field();
  const bool is_from = is_quoted_from(text);
  const std::string_view name = is_from ? std::string_view() : field_name(text);
  if (name.empty()) {
    field_ = Field::none;
    is_in_body_ = ends_header(text) && !text.empty();
    if (is_quoted_ && is_from) text.remove_prefix(1);
    return;
  }
  if (is_looked_at(name)) {
    name_ = name;
    value_ = text.substr(text.find(':') + 1, longest_value);
  }
  field_ = is_bookkeeping(name) ? Field::hidden : Field::shown;
  if (equals_ignoring_case(name, "X-Godwit-Mbox")) field_ = Field::mark;
  const bool is_kept = bookkeeping_.mark() && field_ == Field::shown && needs_prefix(name);
  if (is_kept) text.remove_prefix(kept_prefix.size());
}

void MessageDecoder::show(std::string_view text, const LinePiece& piece, std::string& out) {
  out += text;
  if (!piece.end.empty()) out += bookkeeping_.mark() && bookkeeping_.mark()->is_verbatim ? piece.end : "\r\n";
}

MessageDecoder::Part MessageDecoder::take_header(const LinePiece& piece, std::string& out) {
  std::string_view text = piece.text;
  const bool goes_on = !piece.begins_line || is_continuation(text);
  if (piece.begins_line) begin_header_line(text);
  if (goes_on && !name_.empty() && value_.size() < longest_value) value_ += text;
  if (field_ == Field::mark) {
    if (piece.end.empty()) return Part::header;
    end_field();
    field_ = Field::none;
    return Part::mark;
  }
  if (field_ != Field::hidden) show(text, piece, out);
  if (!piece.is_blank() && !is_in_body_) return Part::header;
  end_field();
  is_in_body_ = true;
  return Part::header_ends;
}

MessageDecoder::Part MessageDecoder::take(const LinePiece& piece, std::string& out) {
  is_line_open_ = piece.end.empty();
  if (is_in_body_) {
    const bool is_to_unquote = is_quoted_ && piece.begins_line && is_quoted_from(piece.text);
    show(is_to_unquote ? piece.text.substr(1) : piece.text, piece, out);
    return Part::body;
  }
  return take_header(piece, out);
}

void MessageDecoder::finish(bool is_exact, std::string& out) {
  end_field();
  if (is_line_open_ && !is_exact && field_ != Field::hidden && field_ != Field::mark) out += "\r\n";
}

}  // namespace godwit::adapters
