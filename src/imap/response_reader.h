// SPDX-License-Identifier: Apache-2.0
// Both stages of reading together, over bytes that the caller holds: responses one by one, literals collected, bodies handed
// over to the caller's choice. No I/O.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "imap/fragmenter.h"
#include "imap/parser.h"

namespace godwit::imap {

class ResponseReader {
 public:
  enum class Event {
    need_more,    // call again with what was not consumed and more behind it
    response,     // take_response()
    body_begins,  // the caller calls keep_body(), skip_body() or stream_body() before anything else
  };

  // `literal_limit`: of the literals of one response that are no bodies and that are kept, together.
  ResponseReader(FragmenterLimits limits, std::uint64_t literal_limit) : fragmenter_(limits), literal_limit_(literal_limit) {}

  // Takes what it is done with off the front of `input`.
  [[nodiscard]] Result<Event> next(std::string_view& input);
  [[nodiscard]] Response take_response() { return std::move(response_); }

  // A body: what its FETCH told before it, and its size.
  [[nodiscard]] const FetchedMessage& message() const { return parser_.message(); }
  [[nodiscard]] std::uint64_t body_size() const { return remaining_; }
  void keep_body() { begin_keeping(); }
  void skip_body() { state_ = State::skip; }
  // The caller takes the body's bytes itself, and says so by streamed(); next() skips those that it left.
  void stream_body() { state_ = State::skip; }
  [[nodiscard]] std::uint64_t stream_remaining() const { return state_ == State::skip ? remaining_ : 0; }
  void streamed(std::uint64_t size) { remaining_ -= size; }

  // Bytes of a literal are still to come.
  [[nodiscard]] bool is_in_literal() const { return remaining_ > 0; }
  // While a literal is collected and the input is used up: where its missing bytes may be read to directly; else empty.
  [[nodiscard]] std::span<char> literal_space();
  void literal_filled(std::size_t size) { remaining_ -= size; }

 private:
  enum class State { text, body, keep, skip };
  void begin_keeping();
  [[nodiscard]] Result<> begin_literal(const Fragmenter::Fragment& fragment);
  void take_literal(std::string_view& input);
  [[nodiscard]] Result<Event> take_text(std::string_view& input);

  Fragmenter fragmenter_;
  ResponseParser parser_;
  std::uint64_t literal_limit_;
  std::uint64_t kept_ = 0;  // of this response
  State state_ = State::text;
  std::string literal_;             // full size from the start; the first bytes are filled
  std::uint64_t literal_size_ = 0;
  std::uint64_t remaining_ = 0;     // bytes of the literal that did not come yet
  Response response_;
};

}  // namespace godwit::imap
