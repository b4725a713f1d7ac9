// SPDX-License-Identifier: Apache-2.0
// Lets a coroutine wait for what other threads do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/task.h"

namespace godwit {

// Made, used and destroyed on one thread: that of the executor.
class Wakeup {
 public:
  explicit Wakeup(const boost::asio::any_io_executor& executor);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Until the bell rings; at once where it rang since the last wait.
  [[nodiscard]] Task<> wait();
  // Any thread may ring it, any number of times; also when the Wakeup is gone, which does nothing.
  [[nodiscard]] std::function<void()> bell() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace godwit
