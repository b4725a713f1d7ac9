// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <type_traits>

#include "base/task.h"
#include "base/wakeup.h"

namespace godwit::adapters {

[[nodiscard]] boost::asio::thread_pool& file_threads();

// Runs what blocks (reading a large file, fsync) on a thread of its own, so that the other sessions of the caller's go on. `work` owns
// what it uses: the caller, and all that it ran on, may be gone before it ends.
template <class Work>
[[nodiscard]] Task<std::invoke_result_t<Work>> off_thread(Work work) {
  struct Job {
    Work work;
    std::optional<std::invoke_result_t<Work>> outcome{};
  };
  const auto job = std::make_shared<Job>(Job{std::move(work)});
  Wakeup done(co_await boost::asio::this_coro::executor);
  boost::asio::post(file_threads(), [job, bell = done.bell()] {
    job->outcome.emplace(job->work());
    bell();
  });
  co_await done.wait();
  co_return *std::move(job->outcome);
}

}  // namespace godwit::adapters
