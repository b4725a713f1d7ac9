// SPDX-License-Identifier: Apache-2.0
#include "sync/lane.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace godwit::sync {

Lane::Lane(const RoundContext& context, LaneSessions& sessions, std::function<FolderWork*()> next_work,
           std::function<Task<Result<>>()> before_writing, std::uint64_t bytes_in_flight, boost::asio::any_io_executor executor)
    : sessions_(sessions),
      before_writing_(std::move(before_writing)),
      budget_(executor, bytes_in_flight),
      channel_(executor),
      pump_(context, *sessions.source, std::move(next_work), channel_, budget_),
      writer_(context, *sessions.target, channel_, executor) {}

Task<Result<>> Lane::run() {
  using namespace boost::asio::experimental::awaitable_operators;
  co_await (read_half() && write_half() && settle_half());
  if (error_) co_return std::unexpected(*std::move(error_));
  co_return Result<>{};
}

// When the source fails, what has been read whole is still good: the writing half takes it to its end.
Task<> Lane::read_half() {
  auto result = co_await pump_.run();
  if (!result && !error_) error_ = std::move(result).error();
  channel_.close();
}

Task<> Lane::write_half() {
  auto result = co_await before_writing_();
  if (result) result = co_await writer_.write();
  if (!result) give_up(std::move(result).error());
}

Task<> Lane::settle_half() {
  auto result = co_await writer_.settle();
  if (!result) give_up(std::move(result).error());
}

void Lane::give_up(Error error) {
  if (!error_) error_ = std::move(error);
  writer_.abandon();
  channel_.abandon();
  pump_.abandon();
  sessions_.source->close();
  sessions_.target->close();
}

}  // namespace godwit::sync
