// SPDX-License-Identifier: Apache-2.0
#include "base/wakeup.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>
#include <utility>

namespace godwit {

struct Wakeup::State {
  std::mutex mutex;
  bool has_rung = false;
  std::optional<boost::asio::steady_timer> timer;  // touched by its own thread alone; nothing when the Wakeup is gone
};

Wakeup::Wakeup(const boost::asio::any_io_executor& executor) : state_(std::make_shared<State>()) { state_->timer.emplace(executor); }

Wakeup::~Wakeup() {
  const std::lock_guard lock(state_->mutex);
  state_->timer.reset();
}

Task<> Wakeup::wait() {
  const auto state = state_;
  for (;;) {
    {
      const std::lock_guard lock(state->mutex);
      if (std::exchange(state->has_rung, false)) co_return;
      state->timer->expires_at(boost::asio::steady_timer::time_point::max());
    }
    // What rings from here on is posted to this thread, and so comes when the timer is awaited.
    co_await state->timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

std::function<void()> Wakeup::bell() const {
  return [state = state_] {
    const std::lock_guard lock(state->mutex);
    if (!state->timer || std::exchange(state->has_rung, true)) return;
    boost::asio::post(state->timer->get_executor(), [state] {
      const std::lock_guard inner(state->mutex);
      if (state->timer) state->timer->cancel();
    });
  };
}

}  // namespace godwit
