// SPDX-License-Identifier: Apache-2.0
#include "net/connection_race.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error_code.h"

namespace godwit::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto attempt_delay = std::chrono::milliseconds(250);  // RFC 8305 §5

}  // namespace

std::vector<tcp::endpoint> interleaved(const std::vector<tcp::endpoint>& endpoints) {
  std::deque<tcp::endpoint> preferred, other;
  for (const tcp::endpoint& endpoint : endpoints) {
    (endpoint.protocol() == endpoints.front().protocol() ? preferred : other).push_back(endpoint);
  }
  std::vector<tcp::endpoint> result;
  while (!preferred.empty() || !other.empty()) {
    for (auto* const family : {&preferred, &other}) {
      if (family->empty()) continue;
      result.push_back(family->front());
      family->pop_front();
    }
  }
  return result;
}

Task<Result<tcp::socket>> ConnectionRace::run(Clock::time_point deadline) {
  const auto self = shared_from_this();
  const auto found = co_await find_winner(deadline);
  std::optional<tcp::socket> socket;
  if (found) socket.emplace(std::move(attempts_.at(*winner_).socket));
  end_losers();
  if (!found) co_return std::unexpected(found.error());
  co_return *std::move(socket);
}

Task<Result<>> ConnectionRace::find_winner(Clock::time_point deadline) {
  while (!winner_) {
    const bool has_more = attempts_.size() < endpoints_.size();
    if (has_more && Clock::now() >= next_start_) {
      next_start_ = Clock::now() + attempt_delay;
      start(endpoints_[attempts_.size()]);
      continue;
    }
    if (!has_more && open_ == 0) co_return fail(codes::cannot_connect, "cannot connect: " + reasons());
    if (Clock::now() >= deadline) co_return fail(codes::cannot_connect_in_time, "cannot connect in time: " + reasons());
    error_code ignored;
    news_.expires_at(has_more ? std::min(next_start_, deadline) : deadline);
    co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return Result<>{};
}

void ConnectionRace::start(const tcp::endpoint& endpoint) {
  const std::size_t number = attempts_.size();
  attempts_.push_back({tcp::socket(executor_), endpoint});
  ++open_;
  attempts_.back().socket.async_connect(endpoint, [self = shared_from_this(), number](error_code error) {
    --self->open_;
    self->attempts_.at(number).outcome = error.message();
    if (error) {
      self->next_start_ = Clock::now();
    } else if (!self->winner_) {
      self->winner_ = number;
    }
    self->news_.cancel();
  });
}

void ConnectionRace::end_losers() {
  for (Attempt& attempt : attempts_) {
    error_code ignored;
    attempt.socket.close(ignored);
  }
}

std::string ConnectionRace::reasons() const {
  std::string text;
  for (const Attempt& attempt : attempts_) {
    if (!text.empty()) text += "; ";
    text += attempt.endpoint.address().to_string() + ": " + attempt.outcome;
  }
  return text;
}

}  // namespace godwit::net
