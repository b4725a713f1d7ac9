// SPDX-License-Identifier: Apache-2.0
// Waiting and reading.
#include "imap/connection.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error_code.h"
#include "base/fault.h"
#include "imap/quirks.h"
#include "imap/refusal.h"
#include "imap/trace.h"

namespace godwit::imap {
namespace {

constexpr std::size_t initial_capacity = 256 * 1024;
// Below this a literal's rest is read through the buffer, so that the read brings what follows it too.
constexpr std::size_t direct_read_minimum = 32 * 1024;

FragmenterLimits fragmenter_limits(const ClientOptions& options) {
  FragmenterLimits limits;
  limits.line = options.line_limit;
  limits.number_line = std::max(limits.number_line, options.line_limit);
  return limits;
}

}  // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, ClientOptions options)
    : stream_(std::move(stream)),
      options_(std::move(options)),
      disabled_(options_.disabled),
      reader_(fragmenter_limits(options_), options_.literal_limit),
      buffer_(std::make_unique_for_overwrite<char[]>(initial_capacity)),
      capacity_(initial_capacity) {
  if (options_.trace) options_.trace->note("connected to " + place_of(*stream_));
}

Connection::~Connection() {
  for (const OpenCommand& open : open_) {
    if (open.state->append_has_begun) fault::append_ends();
  }
}

void Connection::close() {
  fail_session(Error{ErrorKind::canceled, "the connection was closed on our side", {}, {}});
  if (silence_) silence_->cancel();
  stream_->close();
}

void Connection::set_wait_limit(std::chrono::milliseconds limit) {
  wait_limit_ = limit;
  stream_->set_wait_limit(limit);
  endurance_.set_wait_limit(limit);
}

// The first reason stays. A reason that the server gave itself is better than what the network says.
const Error& Connection::fail_session(Error error) {
  if (failure_) return *failure_;
  const bool is_ours = error.kind == ErrorKind::canceled || error.kind == ErrorKind::bug;
  if (bye_ && !is_ours) {
    error = error_of_bye(*bye_);
  } else if (error.server_text.empty() && error.kind == ErrorKind::network) {
    error.server_text = last_warning_;
  }
  failure_ = std::move(error);
  if (options_.trace) options_.trace->note(fmt::format("over: {} ({})", failure_->what, code_text(code_of(*failure_))));
  notify();
  return *failure_;
}

Task<> Connection::wait_for_change() {
  if (!change_) change_.emplace(co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max());
  co_await change_->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void Connection::notify() {
  if (change_) change_->cancel();
}

// Makes place behind end_ for a read that is worth its system call.
void Connection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && capacity_ - end_ < capacity_ / 2) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ < capacity_) return;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
  std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  capacity_ *= 2;
}

// A server that sends something at every moment never meets the limit of a wait.
Result<> Connection::check_endurance() {
  const bool is_in_response = !unread().empty() || reader_.is_in_literal();
  if (auto borne = endurance_.before_reading(stream_->waited_reading(), is_in_response); !borne) {
    return std::unexpected(fail_session(std::move(borne).error()));
  }
  return {};
}

Task<Result<>> Connection::read_more() {
  GODWIT_CO_CHECK(check_endurance());
  std::span<char> space = reader_.literal_space();
  const bool is_direct = space.size() >= direct_read_minimum;
  if (!is_direct) {
    make_room();
    space = {buffer_.get() + end_, capacity_ - end_};
  }
  is_reading_ = true;
  const Result<std::size_t> size = co_await stream_->read_some(space);
  is_reading_ = false;
  notify();
  if (!size) co_return std::unexpected(fail_session(size.error()));
  if (*size == 0) co_return closed_by_server();
  if (options_.trace) options_.trace->received({space.data(), *size});
  endurance_.received(*size);
  if (is_direct) {
    reader_.literal_filled(*size);
  } else {
    end_ += *size;
  }
  co_return Result<>();
}

Result<> Connection::closed_by_server() {
  CommandState* const logout = oldest(CommandState::Kind::logout);
  if (logout != nullptr && quirks::logout_is_complete(bye_.has_value())) {
    complete(*logout, StatusResponse{Status::ok, {}, bye_->text});
    std::erase_if(open_, [&](const OpenCommand& open) { return open.state.get() == logout; });
    return {};
  }
  return std::unexpected(fail_session(make_error(codes::closed_by_server, "the server closed the connection")));
}

// Parses until something happened (true) or more bytes are needed.
Result<bool> Connection::advance() {
  if (failure_) return std::unexpected(*failure_);
  std::string_view input = unread();
  const std::size_t before = input.size();
  const Result<ResponseReader::Event> event = reader_.next(input);
  begin_ = end_ - input.size();
  if (!event) return std::unexpected(fail_session(event.error()));
  if (*event == ResponseReader::Event::need_more) return false;
  if (*event == ResponseReader::Event::body_begins) {
    if (const Result<> begun = begin_body(); !begun) return std::unexpected(fail_session(begun.error()));
    return true;
  }
  const Result<> dispatched = dispatch(reader_.take_response(), before - input.size());
  if (!dispatched) return std::unexpected(fail_session(dispatched.error()));
  return true;
}

// What is left of a streamed body is skipped from now on.
void Connection::end_stream(bool is_lost) {
  if (stream_owner_ == nullptr) return;
  begin_ += given_;
  reader_.streamed(given_);
  given_ = 0;
  if (is_lost) std::get<FetchState>(stream_owner_->data).lost_stream = true;
  stream_owner_ = nullptr;
}

template <class Predicate>
Task<Result<>> Connection::read_until(Predicate is_done, const CommandState* reader) {
  while (!is_done()) {
    if (failure_) co_return std::unexpected(*failure_);
    if (is_reading_) {
      co_await wait_for_change();
      continue;
    }
    end_stream(stream_owner_ != reader);
    GODWIT_CO_TRY(const bool has_moved, advance());
    if (has_moved) {
      notify();
    } else {
      GODWIT_CO_CHECK(co_await read_more());
    }
  }
  co_return Result<>();
}

Task<Result<>> Connection::wait_for(CommandPointer command) {
  const auto self = shared_from_this();
  if (!command->is_complete()) {
    static_cast<void>(co_await flush());  // outcome() tells the failure, and a refusal that came before it
    static_cast<void>(co_await read_until([&] { return command->is_complete(); }));
  }
  co_return outcome(*command);
}

Task<Result<>> Connection::wait_for_greeting() {
  const auto self = shared_from_this();
  co_return co_await read_until([this] { return greeting_.has_value(); });
}

Task<Result<bool>> Connection::wait_for_plus(CommandPointer command) {
  GODWIT_CO_CHECK(co_await read_until([&] { return has_plus_ || command->is_complete(); }));
  co_return !command->is_complete();
}

Task<Result<>> Connection::read_until_closed() {
  co_return co_await read_until([] { return false; });
}

Task<Result<std::optional<FetchedMessage>>> Connection::next_message(CommandPointer command) {
  const auto self = shared_from_this();
  FetchState& fetch = std::get<FetchState>(command->data);
  if (fetch.ready.empty() && !command->is_complete()) {
    static_cast<void>(co_await flush());
    static_cast<void>(co_await read_until([&] { return !fetch.ready.empty() || command->is_complete(); }, command.get()));
  }
  if (!fetch.ready.empty()) {
    std::optional<FetchedMessage> message(std::move(fetch.ready.front()));
    fetch.ready.pop_front();
    co_return message;
  }
  if (!std::exchange(fetch.has_ended, command->is_complete())) GODWIT_CO_CHECK(outcome(*command));
  co_return std::optional<FetchedMessage>();
}

Task<Result<std::span<const char>>> Connection::read_body(CommandPointer command) {
  const auto self = shared_from_this();
  FetchState& fetch = std::get<FetchState>(command->data);
  if (fetch.lost_stream) co_return fail(ErrorKind::bug, "another command was waited for while a body was streamed");
  if (stream_owner_ != command.get()) co_return std::span<const char>();
  begin_ += given_;
  reader_.streamed(given_);
  given_ = 0;
  if (reader_.stream_remaining() == 0) {
    end_stream(false);
    co_return std::span<const char>();
  }
  if (failure_) co_return std::unexpected(*failure_);
  if (unread().empty()) GODWIT_CO_CHECK(co_await read_more());
  given_ = static_cast<std::size_t>(std::min<std::uint64_t>(unread().size(), reader_.stream_remaining()));
  co_return std::span<const char>(buffer_.get() + begin_, given_);
}

}  // namespace godwit::imap
