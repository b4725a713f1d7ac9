// SPDX-License-Identifier: Apache-2.0
// Plays a migration through: accounts take their turns on a number of seats, and share what the servers give.
#pragma once

#include <array>
#include <vector>

#include "estimate/problem.h"

namespace godwit::estimate {

struct Played {
  double seconds = 0;                 // until the last account has ended
  std::vector<double> wave_ends;      // seconds after the begin, by wave
  std::vector<double> begins, ends;   // by account
  std::array<double, constraint_count> decided{};  // for how many seconds each Constraint decided
  bool is_endless = false;            // something is never open: what is told is up to there
  [[nodiscard]] Constraint bottleneck() const;
};

// By what the measured costs are multiplied in one play.
struct Factors {
  Costs costs{1, 1, 1, 1};
  double crowd = 1;  // how much more it costs with several pairs at work
};

[[nodiscard]] Played play(const Problem& problem, const Factors& factors = {});

}  // namespace godwit::estimate
