// SPDX-License-Identifier: Apache-2.0
#include "imap/parser.h"

#include <algorithm>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/parser_data.h"
#include "imap/quirks.h"

namespace godwit::imap {
namespace {

std::unexpected<Error> broken(std::string_view text) {
  return fail(codes::response_malformed, "a response is not IMAP", std::string(text.substr(0, 200)));
}

// The ']' that ends a response code whose '[' is taken already; quoted strings may hold one.
std::size_t end_of_code(std::string_view text) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (is_quoted && text[i] == '\\') ++i;
    else if (!is_quoted && text[i] == ']') return i;
  }
  return text.find(']');
}

std::optional<Status> status_of(std::string_view word) {
  if (equals_ignoring_case(word, "OK")) return Status::ok;
  if (equals_ignoring_case(word, "NO")) return Status::no;
  if (equals_ignoring_case(word, "BAD")) return Status::bad;
  return std::nullopt;
}

std::optional<UntaggedStatus> untagged_status(std::string_view word, std::string_view text) {
  using Kind = UntaggedStatus::Kind;
  if (equals_ignoring_case(word, "BYE")) return UntaggedStatus{Kind::bye, parse_status_text(Status::no, text)};
  if (equals_ignoring_case(word, "PREAUTH")) return UntaggedStatus{Kind::preauth, parse_status_text(Status::ok, text)};
  const auto status = status_of(word);
  if (!status) return std::nullopt;
  const Kind kind = *status == Status::ok ? Kind::ok : *status == Status::no ? Kind::no : Kind::bad;
  return UntaggedStatus{kind, parse_status_text(*status, text)};
}

Result<Response> tagged(std::string_view text) {
  Cursor cursor(text);
  const std::string_view tag = cursor.atom();
  const auto status = status_of(cursor.atom());
  if (tag.empty() || !status) return broken(text);
  return TaggedResponse{std::string(tag), parse_status_text(*status, cursor.rest())};
}

Response numbered(std::uint32_t number, std::string_view word) {
  using Kind = MessageNumber::Kind;
  if (equals_ignoring_case(word, "EXISTS")) return MessageNumber{Kind::exists, number};
  if (equals_ignoring_case(word, "RECENT")) return MessageNumber{Kind::recent, number};
  if (equals_ignoring_case(word, "EXPUNGE")) return MessageNumber{Kind::expunge, number};
  return UnknownResponse{to_upper(word)};
}

Result<Response> untagged(std::string_view text, std::span<const LiteralAndText> more) {
  Cursor cursor(text, more);
  const std::string_view word = cursor.atom();
  if (const auto number = parse_number<std::uint32_t>(word)) return numbered(*number, cursor.atom());
  if (auto status = untagged_status(word, cursor.rest())) return std::move(*status);
  return parse_data(to_upper(word), cursor);
}

}  // namespace

StatusResponse parse_status_text(Status status, std::string_view text) {
  text = quirks::without_leading_spaces(text);
  StatusResponse response{status, {}, {}};
  const std::size_t end = text.starts_with('[') ? end_of_code(text) : std::string_view::npos;
  if (end != std::string_view::npos) {
    const std::string_view code = text.substr(1, end - 1);
    const std::size_t blank = std::min(code.find(' '), code.size());
    response.code.name = to_upper(code.substr(0, blank));
    response.code.arguments = quirks::without_leading_spaces(code.substr(blank));
    text = quirks::without_leading_spaces(text.substr(end + 1));
  }
  response.text = text;
  return response;
}

// "* 12 FETCH", the first fragment only; takes the words off.
bool ResponseParser::begin_fetch(std::string_view& text) {
  if (!text.starts_with('*')) return false;
  Cursor cursor(text.substr(1));
  const auto number = parse_number<std::uint32_t>(cursor.atom());
  if (!number || !equals_ignoring_case(cursor.atom(), "FETCH")) return false;
  fetch_.begin(*number);
  text = cursor.rest();
  return true;
}

Result<LiteralUse> ResponseParser::before_literal(std::string_view text) {
  if (!is_fetch_ && !first_text_) {
    is_fetch_ = begin_fetch(text);
    if (!is_fetch_) {
      first_text_.emplace(text);
      return LiteralUse::text;
    }
  }
  if (!is_fetch_) {
    more_.back().text = text;
    return LiteralUse::text;
  }
  GODWIT_CHECK(fetch_.text(text));
  if (fetch_.is_finished()) return broken(text);
  return fetch_.use_of_literal();
}

void ResponseParser::literal(std::string bytes) {
  if (is_fetch_) {
    fetch_.literal(std::move(bytes));
  } else {
    more_.push_back({std::move(bytes), {}});
  }
}

void ResponseParser::literal_omitted(std::uint64_t size) { fetch_.literal_omitted(size); }

Result<Response> ResponseParser::end(std::string_view text) {
  if (is_fetch_ || (!first_text_ && begin_fetch(text))) {
    is_fetch_ = false;
    GODWIT_CHECK(fetch_.text(text));
    if (!fetch_.is_finished()) return broken(text);
    return fetch_.take();
  }
  if (!first_text_) {
    if (text.starts_with('+')) return Continuation{std::string(quirks::without_leading_spaces(text.substr(1)))};
    if (text.starts_with('*')) return untagged(text.substr(1), {});
    if (quirks::is_bare_response_code(text)) return UnknownResponse{std::string(text)};
    return tagged(text);
  }
  more_.back().text = text;
  const std::string first = *std::exchange(first_text_, std::nullopt);
  const std::vector<LiteralAndText> more = std::exchange(more_, {});
  return untagged(std::string_view(first).substr(1), more);
}

}  // namespace godwit::imap
