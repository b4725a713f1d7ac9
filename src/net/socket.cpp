// SPDX-License-Identifier: Apache-2.0
#include "net/socket.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sstream>
#include <system_error>

namespace godwit::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Firewalls forget idle connections after some minutes; a peer that vanished is noticed after idle + count * interval.
constexpr int keepalive_idle_seconds = 60;
constexpr int keepalive_interval_seconds = 15;
constexpr int keepalive_count = 4;
// The same for what was written and is not acknowledged: keepalive probes are not sent then, and the kernel would try for 15 minutes.
constexpr int unacknowledged_limit_milliseconds = (keepalive_idle_seconds + keepalive_count * keepalive_interval_seconds) * 1000;

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return std::move(text).str();
}

// Options only tune; where one is not to be had, the connection works without it.
void tune(int descriptor) {
  const auto set = [&](int level, int option, int value) {
    (void)::setsockopt(descriptor, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_seconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_seconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_limit_milliseconds);
}

}  // namespace

Socket::Socket(asio::ip::tcp::socket connected) : socket_(std::move(connected)), timer_(socket_.get_executor()) {
  error_code ignored;
  peer_ = text_of(socket_.remote_endpoint(ignored));
  socket_.non_blocking(true, ignored);
  tune(socket_.native_handle());
}

Task<Result<>> Socket::wait(Role role) {
  const auto self = shared_from_this();
  GODWIT_CO_CHECK(check_open());
  Waiter& waiter = waiters_.at(index_of(role));
  if (waiter.is_waiting) co_return failure(codes::bug, "two coroutines wait in the same role");
  const auto begin = Clock::now();
  const auto limit = wait_limit_;
  waiter.is_late = false;
  waiter.is_waiting = true;
  waiter.deadline = begin + limit;
  watch(waiter.deadline);
  error_code ended_early;  // by close(), or because the other role's wait was too long: checked, or tried again
  const auto readiness = role == Role::reader ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  co_await socket_.async_wait(readiness, asio::redirect_error(asio::use_awaitable, ended_early));
  waiter.is_waiting = false;
  waiter.waited += Clock::now() - begin;
  GODWIT_CO_CHECK(check_open());
  if (waiter.is_late && ended_early) {  // else the server came in the last moment
    co_return failure(codes::server_silent, fmt::format("the server {} nothing for {:.3g} s",
                                                        role == Role::reader ? "sent" : "took",
                                                        std::chrono::duration<double>(limit).count()));
  }
  co_return Result<>{};
}

// One timer serves all waits and is not touched by most: it runs on to the deadline of an early wait, looks which waits
// are still on, and sleeps again.
void Socket::watch(Clock::time_point deadline) {
  if (is_watching_ && timer_.expiry() <= deadline) return;
  is_watching_ = true;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (self && !error) self->end_late_waits();
  });
}

void Socket::end_late_waits() {
  is_watching_ = false;
  if (is_closed_) return;
  const auto now = Clock::now();
  bool is_any_late = false;
  for (Waiter& waiter : waiters_) {
    if (!waiter.is_waiting) continue;
    if (waiter.deadline <= now) {
      waiter.is_late = is_any_late = true;
    } else {
      watch(waiter.deadline);
    }
  }
  error_code ignored;
  if (is_any_late) socket_.cancel(ignored);
}

void Socket::close() {
  is_closed_ = true;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

Result<> Socket::check_open() const {
  if (is_closed_) return failure(codes::stopped, "the connection was closed on our side");
  return {};
}

std::unexpected<Error> Socket::failure(ErrorCode code, std::string what) const {
  return std::unexpected(make_error(code, std::move(what), {}, peer_));
}

std::unexpected<Error> Socket::system_failure(const char* attempted, int system_error) const {
  return failure(codes::connection_broken, fmt::format("{}: {}", attempted, std::system_category().message(system_error)));
}

}  // namespace godwit::net
