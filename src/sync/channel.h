// SPDX-License-Identifier: Apache-2.0
// How the coroutines of a lane, all on one thread, wait for each other.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "base/task.h"

namespace godwit::sync {

// Wakes every coroutine that waits. A waiter checks its condition again: a notification may be for somebody else.
class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {
    timer_.expires_at(boost::asio::steady_timer::time_point::max());
  }
  void notify() { timer_.cancel(); }
  Task<> wait() {
    boost::system::error_code ignored;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

 private:
  boost::asio::steady_timer timer_;
};

// Bounds the bytes in flight. One acquisition may exceed the limit when nothing else is held, so that nothing waits for ever.
class Budget {
 public:
  Budget(boost::asio::any_io_executor executor, std::uint64_t limit) : limit_(limit), released_(std::move(executor)) {}

  // Gives its bytes back when it goes.
  class Share {
   public:
    Share() = default;
    Share(Budget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->release(bytes_);
    }

   private:
    Budget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  // `before_waiting` is called whenever the bytes cannot be had at once.
  template <class BeforeWaiting>
  Task<Share> acquire(std::uint64_t bytes, BeforeWaiting before_waiting) {
    while (held_ > 0 && held_ + bytes > limit_) {
      before_waiting();
      ++waiting_;
      co_await released_.wait();
      --waiting_;
    }
    held_ += bytes;
    co_return Share(*this, bytes);
  }

 private:
  void release(std::uint64_t bytes) {
    held_ -= bytes;
    if (waiting_ > 0) released_.notify();
  }
  std::uint64_t limit_;
  std::uint64_t held_ = 0;
  int waiting_ = 0;
  Signal released_;
};

// One producer, one consumer.
template <class T>
class Channel {
 public:
  explicit Channel(boost::asio::any_io_executor executor) : changed_(std::move(executor)) {}

  void push(T value) {
    if (abandoned_) return;
    values_.push_back(std::move(value));
    changed_.notify();
  }
  // No more values will come; what is queued is still delivered.
  void close() {
    closed_ = true;
    changed_.notify();
  }
  // Drops what is queued; nothing will be delivered any more.
  void abandon() {
    abandoned_ = true;
    values_.clear();
    close();
  }
  Task<std::optional<T>> pop() {
    while (values_.empty() && !closed_) co_await changed_.wait();
    if (values_.empty()) co_return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    co_return value;
  }

 private:
  std::deque<T> values_;
  bool closed_ = false;
  bool abandoned_ = false;
  Signal changed_;
};

}  // namespace godwit::sync
