// SPDX-License-Identifier: Apache-2.0
#include "limits/obstacle.h"

namespace godwit::limits {

std::string_view name_of(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none: return "none";
    case Obstacle::paused: return "paused";
    case Obstacle::window: return "window";
    case Obstacle::day_budget: return "day_budget";
    case Obstacle::back_off: return "back_off";
    case Obstacle::breaker: return "breaker";
    case Obstacle::connections: return "connections";
    case Obstacle::rate: return "rate";
  }
  return "none";
}

}  // namespace godwit::limits
