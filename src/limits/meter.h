// SPDX-License-Identifier: Apache-2.0
// What one session moves, against the limits of its server. Used by one thread.
#pragma once

#include <memory>
#include <utility>

#include "base/task.h"
#include "limits/host_limits.h"

namespace godwit::limits {

class Meter {
 public:
  Meter(std::shared_ptr<HostLimits> limits, Asker asker) : limits_(std::move(limits)), asker_(std::move(asker)) {}

  [[nodiscard]] bool is_on() const { return limits_->meters_traffic(); }
  // Nothing to wait for: the usual case, without a coroutine.
  [[nodiscard]] bool may_go_on() const noexcept { return limits_->may_go_on(*asker_.account, due_); }
  [[nodiscard]] Task<Result<>> wait() { return limits_->wait_to_go_on(asker_, due_); }
  // For what was read already: a stop ends the wait and nothing else.
  [[nodiscard]] Task<> wait_unless_stopped() { static_cast<void>(co_await wait()); }
  // In the middle of a message; likewise.
  [[nodiscard]] bool is_paid() const noexcept { return limits_->is_paid(due_); }
  [[nodiscard]] Task<> wait_until_paid() { static_cast<void>(co_await limits_->wait_until_paid(asker_, due_)); }

  void count(HostLimits::Direction direction, std::uint64_t bytes, std::uint64_t messages) noexcept {
    due_ = std::max(due_, limits_->count(*asker_.account, direction, bytes, messages));
  }
  void note(const Error& error) { limits_->note(*asker_.account, error); }

 private:
  std::shared_ptr<HostLimits> limits_;
  Asker asker_;
  TimePoint due_ = TimePoint::min();
};

// Passes a result on and takes note of its error.
template <class T>
Task<Result<T>> noted(std::shared_ptr<Meter> meter, Task<Result<T>> task) {
  Result<T> result = co_await std::move(task);
  if (!result) meter->note(result.error());
  co_return result;
}

}  // namespace godwit::limits
