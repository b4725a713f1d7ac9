// SPDX-License-Identifier: Apache-2.0
#include "api/local_stream.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

namespace godwit::api {
namespace {

namespace asio = boost::asio;

bool would_wait(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

// Calls again what a signal has interrupted.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

std::unexpected<Error> failure(std::string_view attempted, int code) {
  return fail(ErrorKind::network, fmt::format("{} the socket: {}", attempted, std::strerror(code)));
}

}  // namespace

LocalStream::LocalStream(const asio::any_io_executor& executor, Descriptor connected)
    : socket_(executor) {
  boost::system::error_code failed;
  socket_.assign(asio::local::stream_protocol(), connected.get(), failed);
  if (!failed) (void)connected.release();  // else it is closed here, and the stream is
}

Task<Result<std::size_t>> LocalStream::read_some(std::span<char> buffer, Clock::time_point deadline) {
  while (socket_.is_open()) {
    const ssize_t received = uninterrupted([&] { return ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0); });
    if (received >= 0) co_return static_cast<std::size_t>(received);
    if (!would_wait(errno)) co_return failure("reading", errno);
    GODWIT_CO_CHECK(co_await wait(Socket::wait_read, deadline));
  }
  co_return fail(ErrorKind::canceled, "the connection was closed on our side");
}

Task<Result<>> LocalStream::write(std::string_view bytes, std::chrono::milliseconds limit) {
  while (socket_.is_open()) {
    const ssize_t sent =
        uninterrupted([&] { return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (bytes.empty()) co_return Result<>{};
    } else if (would_wait(errno)) {
      GODWIT_CO_CHECK(co_await wait(Socket::wait_write, Clock::now() + limit));
    } else {
      co_return failure("writing", errno);
    }
  }
  co_return fail(ErrorKind::canceled, "the connection was closed on our side");
}

bool LocalStream::is_over() {
  if (!socket_.is_open()) return true;
  char byte = 0;
  const ssize_t received = uninterrupted([&] { return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT); });
  return received >= 0 || !would_wait(errno);
}

void LocalStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Task<Result<>> LocalStream::wait(Socket::wait_type readiness, Clock::time_point deadline) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(socket_.get_executor(), deadline);
  const auto first = co_await (socket_.async_wait(readiness, asio::as_tuple(asio::use_awaitable)) ||
                               timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  const bool is_late = first.index() == 1 && !std::get<0>(std::get<1>(first));
  if (is_late) co_return fail(ErrorKind::timeout, "the other side of the socket took too long");
  co_return Result<>{};
}

}  // namespace godwit::api
