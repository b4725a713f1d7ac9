// SPDX-License-Identifier: Apache-2.0
// One server's limits, a clock that is turned by hand, and people who ask.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "limits/host_limits.h"
#include "limits/test_clock.h"

namespace godwit::limits::test {

// What a task gave, when it is over.
template <class T>
class Eventual {
 public:
  [[nodiscard]] bool is_over() const { return value_->has_value(); }
  [[nodiscard]] T& value() { return value_->value(); }
  void set(T value) { value_->emplace(std::move(value)); }
  void drop() { value_->reset(); }

 private:
  std::shared_ptr<std::optional<T>> value_ = std::make_shared<std::optional<T>>();
};

struct Lab {
  explicit Lab(HostSettings settings = {}, WallTime start = at(2024, 1, 8, 12, 0))
      : clock(start), limits(HostLimits::make("imaps://mail.example.com:993", std::move(settings), clock.clock()).value()) {}

  [[nodiscard]] Asker asker(std::string_view account, int priority = 0) { return {limits->account(account), priority, &stop}; }

  // Runs everything that need not wait for the clock. Who waits for it looks at it again and again, so the end is a number of looks,
  // enough for everybody; not a time, in which a busy machine may not get to do anything.
  void settle(boost::asio::io_context& of) {
    of.restart();
    for (int steps = 0; steps < 100 && of.run_one() > 0; ++steps) continue;
  }
  void settle() { settle(context); }
  void advance(std::chrono::nanoseconds time) {
    clock.advance(time);
    settle();
  }
  template <class T>
  Eventual<T> start(Task<T> task) {
    Eventual<T> eventual;
    boost::asio::co_spawn(
        context, [](Task<T> of, Eventual<T> to) -> Task<> { to.set(co_await std::move(of)); }(std::move(task), eventual),
        boost::asio::detached);
    return eventual;
  }
  // Asks for a connection, and lets everybody who can be served be served.
  Eventual<Result<Permit>> ask(std::string_view account, int priority = 0) {
    auto asked = start(limits->acquire(asker(account, priority)));
    settle();
    return asked;
  }
  // Connections that are open.
  std::vector<Permit> open(std::string_view account, unsigned count = 1) {
    std::vector<Permit> permits;
    for (unsigned each = 0; each < count; ++each) {
      auto asked = ask(account);
      EXPECT_TRUE(asked.is_over());
      permits.push_back(std::move(*asked.value()));
      permits.back().connected();
    }
    return permits;
  }
  // A try that ends with this error.
  bool fail_once(std::string_view account, const Error& error) {
    auto asked = ask(account);
    if (!asked.is_over()) {
      ADD_FAILURE() << "has to wait";
      return false;
    }
    return asked.value()->failed(error);
  }

  TestClock clock;
  std::shared_ptr<HostLimits> limits;
  std::atomic<bool> stop{false};
  boost::asio::io_context context{1};
};

}  // namespace godwit::limits::test
