// SPDX-License-Identifier: Apache-2.0
// Why somebody has to wait before a server may be asked for more.
#pragma once

#include <cstdint>
#include <string_view>

#include "limits/clock.h"

namespace godwit::limits {

enum class Obstacle : std::uint8_t {
  none,
  paused,       // by the operator
  window,       // outside the hours in which the server may be worked on
  day_budget,   // the bytes of the day are used up
  back_off,     // the server has said how long it wants to be left alone
  breaker,      // it cannot be reached
  connections,  // as many are open as may be
  rate,         // bytes or messages a second
};
inline constexpr std::size_t obstacles = 8;
[[nodiscard]] std::string_view name_of(Obstacle obstacle);

struct Obstruction {
  Obstacle obstacle = Obstacle::none;
  TimePoint until = TimePoint::max();  // when it ends by itself, as far as is known now
  explicit operator bool() const { return obstacle != Obstacle::none; }
};

}  // namespace godwit::limits
