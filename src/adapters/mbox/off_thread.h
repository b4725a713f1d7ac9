// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <type_traits>

#include "base/task.h"

namespace godwit::adapters {

[[nodiscard]] boost::asio::thread_pool& file_threads();

// Runs what blocks (reading a large file, fsync) on a thread of its own, so that the other sessions of the caller's go on. `work` owns
// what it uses: the caller may be gone before it ends.
template <class Work>
[[nodiscard]] Task<std::invoke_result_t<Work>> off_thread(Work work) {
  auto run = [](Work job) -> Task<std::invoke_result_t<Work>> { co_return job(); };
  co_return co_await boost::asio::co_spawn(file_threads(), run(std::move(work)), boost::asio::use_awaitable);
}

}  // namespace godwit::adapters
