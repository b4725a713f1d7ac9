// SPDX-License-Identifier: Apache-2.0
#include "imap/response_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error_code.h"

namespace godwit::imap {

Result<ResponseReader::Event> ResponseReader::next(std::string_view& input) {
  while (true) {
    if (state_ == State::body) return fail(ErrorKind::bug, "the body's use was not chosen");
    if (state_ == State::text) {
      GODWIT_TRY(const Event event, take_text(input));
      if (event != Event::need_more || state_ == State::text) return event;
    }
    take_literal(input);
    if (remaining_ > 0) return Event::need_more;
  }
}

// need_more with another state than text: a literal began.
Result<ResponseReader::Event> ResponseReader::take_text(std::string_view& input) {
  GODWIT_TRY(const Fragmenter::Fragment fragment, fragmenter_.next(input));
  if (fragment.event == Fragmenter::Event::need_more) return Event::need_more;
  if (fragment.event == Fragmenter::Event::complete) {
    GODWIT_TRY(response_, parser_.end(fragment.text));
    input.remove_prefix(fragment.consumed);
    kept_ = 0;
    return Event::response;
  }
  GODWIT_CHECK(begin_literal(fragment));
  input.remove_prefix(fragment.consumed);
  return state_ == State::body ? Event::body_begins : Event::need_more;
}

Result<> ResponseReader::begin_literal(const Fragmenter::Fragment& fragment) {
  GODWIT_TRY(const LiteralUse use, parser_.before_literal(fragment.text));
  literal_size_ = remaining_ = fragment.literal_size;
  if (use == LiteralUse::body) {
    state_ = State::body;
  } else if (use == LiteralUse::skip) {
    state_ = State::skip;
  } else if (literal_size_ > literal_limit_) {
    return fail(codes::response_too_large, fmt::format("the server announced a literal of {} bytes", literal_size_));
  } else if (literal_size_ > literal_limit_ - kept_) {
    return fail(codes::response_too_large,
                fmt::format("the literals of one response of the server are longer than {} bytes", literal_limit_));
  } else {
    kept_ += literal_size_;
    begin_keeping();
  }
  return {};
}

void ResponseReader::begin_keeping() {
  state_ = State::keep;
  literal_ = std::string();
  // Not the size that it passes: libstdc++ 12 may pass a larger one.
  const auto size = static_cast<std::size_t>(literal_size_);
  literal_.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
}

void ResponseReader::take_literal(std::string_view& input) {
  const std::size_t size = std::min<std::uint64_t>(input.size(), remaining_);
  if (state_ == State::keep && size > 0) std::memcpy(literal_.data() + (literal_size_ - remaining_), input.data(), size);
  input.remove_prefix(size);
  remaining_ -= size;
  if (remaining_ > 0) return;
  if (state_ == State::keep) {
    parser_.literal(std::move(literal_));
  } else {
    parser_.literal_omitted(literal_size_);
  }
  state_ = State::text;
}

std::span<char> ResponseReader::literal_space() {
  if (state_ != State::keep) return {};
  return {literal_.data() + (literal_size_ - remaining_), static_cast<std::size_t>(remaining_)};
}

}  // namespace godwit::imap
