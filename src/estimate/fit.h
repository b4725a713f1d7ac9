// SPDX-License-Identifier: Apache-2.0
// From measured times to costs.
#pragma once

#include <span>

#include "estimate/problem.h"

namespace godwit::estimate {

// One round over a sample.
struct Measure {
  double folders = 0, messages = 0, bytes = 0;
  double seconds = 0;
};

// `small`: rounds over a few single messages in few and in several folders; `large`: over as many messages as there was time for. No
// cost is below zero. What cannot be told apart goes to the message.
[[nodiscard]] Costs fit(std::span<const Measure> small, std::span<const Measure> large);

[[nodiscard]] double predicted(const Costs& costs, const Measure& measure);

// Standard deviation of the logarithms of what was measured over what the costs predict.
[[nodiscard]] double spread_of(const Costs& costs, std::span<const Measure> measures);

}  // namespace godwit::estimate
