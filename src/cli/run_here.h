// SPDX-License-Identifier: Apache-2.0
// For commands that only wait: runs one task to its end on this thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/task.h"

namespace godwit::cli {

// What the task gives; what it throws is thrown.
template <class T>
[[nodiscard]] Result<T> run_here(Task<Result<T>> task) {
  boost::asio::io_context context(1);
  std::optional<Result<T>> result;
  boost::asio::co_spawn(context, std::move(task), [&result](std::exception_ptr thrown, Result<T> told) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(told);
  });
  context.run();
  return std::move(result).value();
}

}  // namespace godwit::cli
