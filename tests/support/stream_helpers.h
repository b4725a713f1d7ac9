// SPDX-License-Identifier: Apache-2.0
// Short forms for tests that use a net::Stream directly.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "net/stream.h"

namespace godwit::test {

inline Task<Result<>> write_text(net::Stream& stream, std::string_view text) {
  const std::array pieces{text};
  co_return co_await stream.write(pieces);
}

// Reads `size` bytes, `step` at most at a time; fewer only at the end of the stream.
inline Task<Result<std::string>> read_exactly(net::Stream& stream, std::size_t size, std::size_t step = 65536) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    GODWIT_CO_TRY(const std::size_t received,
                  co_await stream.read_some({bytes.data() + done, std::min(step, size - done)}));
    if (received == 0) break;
    done += received;
  }
  bytes.resize(done);
  co_return bytes;
}

inline Task<> pause(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace godwit::test
