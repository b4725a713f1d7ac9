// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "imap/connection.h"
#include "imap/writer.h"

namespace godwit::imap {
namespace {

constexpr std::string_view noop = "NOOP";

}  // namespace

Task<> Connection::keep_alive(std::chrono::milliseconds interval) {
  silence_.emplace(co_await boost::asio::this_coro::executor);
  await_silence(interval);
}

// The tags tell whether anything was asked meanwhile: no command pays for this.
void Connection::await_silence(std::chrono::milliseconds interval) {
  silent_since_ = last_tag_;
  silence_->expires_after(interval);
  silence_->async_wait([weak = weak_from_this(), interval](boost::system::error_code error) {
    const auto self = weak.lock();
    if (self && !error) self->on_silence(interval);
  });
}

void Connection::on_silence(std::chrono::milliseconds interval) {
  if (failure_) return;
  const bool is_waited_for = !std::ranges::all_of(open_, [](const OpenCommand& open) { return open.state->name == noop; });
  const bool is_silent = last_tag_ == silent_since_ && !is_waited_for && queue_.empty() && !is_writing_ && !is_reading_;
  if (is_silent) {
    const std::string tag = next_tag();
    queue(make_command(CommandState::Kind::plain, noop), tag, CommandWriter(tag, noop, capabilities_).finish());
    const auto send = [](std::shared_ptr<Connection> self) -> Task<> { static_cast<void>(co_await self->flush()); };
    boost::asio::co_spawn(silence_->get_executor(), send(shared_from_this()), boost::asio::detached);
  }
  await_silence(interval);
}

}  // namespace godwit::imap
