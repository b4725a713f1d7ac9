// SPDX-License-Identifier: Apache-2.0
// A connected Unix socket whose operations have a time limit.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <span>
#include <string_view>

#include "api/socket_file.h"
#include "base/error.h"
#include "base/task.h"

namespace godwit::api {

// One reader and one writer at a time, on one thread. Must outlive its operations.
class LocalStream {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point no_deadline = Clock::time_point::max();

  // `connected` is non-blocking.
  LocalStream(const boost::asio::any_io_executor& executor, Descriptor connected);

  // Bytes received; 0 when the peer has ended the connection. Errors: timeout, network, canceled (by close()).
  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer, Clock::time_point deadline);
  // All of it; `limit` is for every wait in which the peer takes nothing. Errors as above.
  [[nodiscard]] Task<Result<>> write(std::string_view bytes, std::chrono::milliseconds limit);

  // The peer has ended the connection, or sent what nobody asked for.
  [[nodiscard]] bool is_over();
  // Ends what is under way, which fails.
  void close();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  [[nodiscard]] Task<Result<>> wait(Socket::wait_type readiness, Clock::time_point deadline);
  Socket socket_;
};

}  // namespace godwit::api
