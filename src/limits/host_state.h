// SPDX-License-Identifier: Apache-2.0
// What is shown of a server's limits.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limits/breaker.h"
#include "limits/day_budget.h"
#include "limits/obstacle.h"

namespace godwit::limits {

struct Traffic {
  std::uint64_t bytes = 0, messages = 0;
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

struct HostState {
  std::string host;
  Traffic in, out;  // from the server, to it
  unsigned connections_open = 0;     // with those that are being made
  unsigned connections_wanted = 0;   // with those that are open
  unsigned connections_taken = 0;    // open or reserved
  std::optional<unsigned> connections_learned;  // more it has refused
  Obstacle stopped_by = Obstacle::none;  // what keeps everybody from connecting now, if anything does
  std::optional<WallTime> stopped_until;  // when that ends by itself, as far as is known
  DayUse today;
  struct {
    Breaker::State state = Breaker::State::closed;
    std::optional<WallTime> open_until;
    unsigned failures = 0;  // in a row
    std::string why;        // the last of them
  } breaker;
  std::vector<std::pair<std::string, WallTime>> accounts_backing_off;  // until when
  std::array<std::chrono::nanoseconds, obstacles> waited{};  // by Obstacle, the time of all that have waited added up
  [[nodiscard]] std::chrono::nanoseconds waited_for(Obstacle obstacle) const { return waited.at(static_cast<std::size_t>(obstacle)); }
};

}  // namespace godwit::limits
