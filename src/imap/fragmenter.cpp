// SPDX-License-Identifier: Apache-2.0
#include "imap/fragmenter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/quirks.h"

namespace godwit::imap {
namespace {

bool word_begins(std::string_view text, std::string_view word) {
  return starts_with_ignoring_case(text, word) && (text.size() == word.size() || text[word.size()] == ' ');
}

bool is_number_list(std::string_view line) {
  if (!line.starts_with('*')) return false;
  const std::string_view rest = quirks::without_leading_spaces(line.substr(1));
  return word_begins(rest, "SEARCH") || word_begins(rest, "ESEARCH") || word_begins(rest, "VANISHED");
}

}  // namespace

std::optional<LiteralAnnouncement> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  const bool is_synchronizing = !digits.ends_with('+');
  if (!is_synchronizing) digits.remove_suffix(1);
  const auto size = parse_number<std::uint64_t>(digits);
  if (!size) return std::nullopt;
  const std::size_t begin = open > 0 && line[open - 1] == '~' ? open - 1 : open;
  return LiteralAnnouncement{begin, *size, is_synchronizing};
}

bool is_status_line(std::string_view line) {
  if (!line.starts_with('*')) return true;
  const std::string_view rest = quirks::without_leading_spaces(line.substr(1));
  static constexpr std::array<std::string_view, 5> names{"OK", "NO", "BAD", "BYE", "PREAUTH"};
  return std::ranges::any_of(names, [&](std::string_view name) { return word_begins(rest, name); });
}

void Fragmenter::begin_response() {
  response_size_ = 0;
  literals_ = 0;
}

std::size_t Fragmenter::line_limit(std::string_view input) const {
  const bool numbers = response_size_ == 0 ? is_number_list(input.substr(0, 64)) : number_list_;
  return numbers ? limits_.number_line : limits_.line;
}

Result<Fragmenter::Fragment> Fragmenter::next(std::string_view input) {
  const std::size_t end = input.find('\n', scanned_);
  const std::size_t known = end == std::string_view::npos ? input.size() : end;
  if (response_size_ + known > limits_.line && response_size_ + known > line_limit(input)) {
    return fail(codes::response_too_large, fmt::format("a response of the server is longer than {} bytes", line_limit(input)));
  }
  if (end == std::string_view::npos) {
    scanned_ = input.size();
    return Fragment{};
  }
  scanned_ = 0;
  std::string_view line = input.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  Fragment fragment{Event::complete, line, 0, end + 1};
  if (response_size_ == 0) {
    number_list_ = is_number_list(line);
    status_line_ = is_status_line(line);
  }
  const auto literal = status_line_ ? std::nullopt : literal_at_end(line);
  if (!literal) {
    begin_response();
    return fragment;
  }
  if (literal->size > limits_.literal) {
    return fail(codes::response_too_large, fmt::format("the server announced a literal of {} bytes", literal->size));
  }
  if (++literals_ > limits_.literals) {
    return fail(codes::response_too_large, fmt::format("a response of the server has more than {} literals", limits_.literals));
  }
  response_size_ += end + 1;
  fragment.event = Event::literal;
  fragment.text = line.substr(0, literal->begin);
  fragment.literal_size = literal->size;
  return fragment;
}

}  // namespace godwit::imap
