// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace godwit::net {

// The families in turn, beginning with that of the first endpoint (RFC 8305 §4).
[[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint> interleaved(
    const std::vector<boost::asio::ip::tcp::endpoint>& endpoints);

// Connects to the first of several endpoints that answers: the next attempt begins 250 ms after the one before, or at once
// when an attempt has failed. Held by shared_ptr, because its handlers may outlive the coroutine that runs it.
class ConnectionRace : public std::enable_shared_from_this<ConnectionRace> {
 public:
  using Clock = std::chrono::steady_clock;

  ConnectionRace(boost::asio::any_io_executor executor, std::vector<boost::asio::ip::tcp::endpoint> endpoints)
      : executor_(executor), news_(executor), endpoints_(std::move(endpoints)) {}

  // Errors: network when all have failed, timeout; both with every address tried and its reason.
  [[nodiscard]] Task<Result<boost::asio::ip::tcp::socket>> run(Clock::time_point deadline);

 private:
  struct Attempt {
    boost::asio::ip::tcp::socket socket;
    boost::asio::ip::tcp::endpoint endpoint;
    std::string outcome = "no answer";
  };

  [[nodiscard]] Task<Result<>> find_winner(Clock::time_point deadline);
  void start(const boost::asio::ip::tcp::endpoint& endpoint);
  void end_losers();
  [[nodiscard]] std::string reasons() const;

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer news_;  // canceled when an attempt has ended
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  std::deque<Attempt> attempts_;  // a deque: a socket with an operation under way must not move
  std::size_t open_ = 0;          // attempts without an outcome
  Clock::time_point next_start_{};
  std::optional<std::size_t> winner_;
};

}  // namespace godwit::net
