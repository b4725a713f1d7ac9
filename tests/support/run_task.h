// SPDX-License-Identifier: Apache-2.0
// Runs one coroutine to its end inside a test.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace godwit::test {

namespace detail {

template <class T>
Task<> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

}  // namespace detail

// Runs `task` on an io_context of its own and returns what it returns, or throws what it throws. A task that is not over
// after `limit`, or that waits for something that can never happen, fails the test and throws. Coroutines that the task has
// spawned and not awaited get one more poll and are then destroyed.
template <class T>
T run_task(Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  constexpr bool gives_nothing = std::is_void_v<T>;
  std::conditional_t<gives_nothing, char, std::optional<std::conditional_t<gives_nothing, char, T>>> result{};
  bool is_over = false;
  std::exception_ptr thrown;
  boost::asio::io_context context(1);
  const auto finish = [&](std::exception_ptr error) {
    is_over = true;
    thrown = std::move(error);
    context.stop();
  };
  if constexpr (gives_nothing) {
    boost::asio::co_spawn(context, std::move(task), finish);
  } else {
    boost::asio::co_spawn(context, detail::keep_result<T>(std::move(task), result), finish);
  }
  context.run_for(limit);
  if (!is_over) {
    const char* const reason = context.stopped() ? "the coroutine waits for something that can never happen"
                                                 : "the coroutine was not over within its time";
    ADD_FAILURE() << reason;
    throw std::runtime_error(reason);
  }
  context.restart();
  context.poll();
  if (thrown) std::rethrow_exception(thrown);
  if constexpr (!gives_nothing) return std::move(*result);
}

}  // namespace godwit::test
