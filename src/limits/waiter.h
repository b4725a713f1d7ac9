// SPDX-License-Identifier: Apache-2.0
// One place in the line at a server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "limits/host_limits.h"

namespace godwit::limits {

[[nodiscard]] inline Error stopped() { return {ErrorKind::canceled, "stopped by the operator", {}, {}}; }

// Until when the server has asked to be left alone by this account.
[[nodiscard]] inline TimePoint held_until(const LimitedAccount& account) {
  return TimePoint(TimePoint::duration(account.held_until.load(std::memory_order_relaxed)));
}

// All but the timer, which its own thread alone uses, is under the lock of the limits while it is in line.
struct HostLimits::Waiter : std::enable_shared_from_this<Waiter> {
  Waiter(boost::asio::any_io_executor executor, Asker who) : asker(std::move(who)), timer(std::move(executor)) {}

  [[nodiscard]] bool is_reservation() const { return most > 0; }
  [[nodiscard]] bool has_promise() const {
    return !is_reservation() && asker.account->seats.open() < asker.account->seats.reserved;
  }

  Asker asker;
  AccountHandle other;             // of a reservation for two accounts
  unsigned least = 0, most = 0;    // of a reservation, for each account
  boost::asio::steady_timer timer;
  std::optional<Line::iterator> place;  // none: served
  Obstruction obstruction;
  TimePoint since;  // when the time of waiting was counted last
  std::chrono::nanoseconds waited_for_seat{};
  Permit permit;                         // what it gets
  std::array<Reservation, 2> promised;
};

}  // namespace godwit::limits
