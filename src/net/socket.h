// SPDX-License-Identifier: Apache-2.0
// What TcpStream and TlsStream share: a connected non-blocking socket on which a reader and a writer may wait.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/error_code.h"
#include "base/task.h"

namespace godwit::net {

// Held by shared_ptr, because a coroutine that waits in it may be destroyed, with its io_context, after the stream.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  enum class Role { reader, writer };

  // `connected` becomes non-blocking, with TCP_NODELAY and keepalive probes.
  explicit Socket(boost::asio::ip::tcp::socket connected);

  [[nodiscard]] int descriptor() { return socket_.native_handle(); }
  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] std::chrono::nanoseconds waited(Role role) const { return waiters_.at(index_of(role)).waited; }

  // Waits until the socket may be readable or writable; it need not be, so the caller tries and comes back. At most one wait
  // per role at a time. Errors: timeout, canceled.
  [[nodiscard]] Task<Result<>> wait(Role role);
  void set_wait_limit(std::chrono::milliseconds limit) { wait_limit_ = limit; }

  void close();
  // Error of kind canceled after close(); no system call may be made on the descriptor then.
  [[nodiscard]] Result<> check_open() const;

  [[nodiscard]] std::unexpected<Error> failure(ErrorCode code, std::string what) const;
  [[nodiscard]] std::unexpected<Error> system_failure(const char* attempted, int system_error) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiter {
    bool is_waiting = false;
    bool is_late = false;
    Clock::time_point deadline;
    std::chrono::nanoseconds waited{};
  };

  static constexpr std::size_t index_of(Role role) { return static_cast<std::size_t>(role); }
  void watch(Clock::time_point deadline);
  void end_late_waits();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  bool is_watching_ = false;
  bool is_closed_ = false;
  std::chrono::milliseconds wait_limit_ = std::chrono::minutes(5);
  std::array<Waiter, 2> waiters_;
  std::string peer_;
};

}  // namespace godwit::net
