// SPDX-License-Identifier: Apache-2.0
// From measured times to costs.
#pragma once

#include <span>
#include <vector>

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

// Rounds one after the other, with the removal of their folders behind each.
struct Stretch {
  std::vector<Measure> rounds;
  double seconds = 0;  // of all of it
};

// What the costs are when `pairs` are at work: one factor for what an account and its folders take, one for what its messages take. The
// first from stretches that move next to nothing, the second from those that do; where these move too little to tell, it is
// like the first. `removal`: costs of an account and of a folder, alone.
[[nodiscard]] Costs fit_together(const Costs& alone, const Costs& removal, std::span<const Stretch> standing,
                                 std::span<const Stretch> moving, double pairs);

[[nodiscard]] double predicted(const Costs& costs, const Measure& measure);

}  // namespace godwit::estimate
