// SPDX-License-Identifier: Apache-2.0
// When a migration will have ended, and between which times that lies with a likelihood of about 80 %.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/internal_date.h"
#include "estimate/problem.h"
#include "estimate/simulation.h"

namespace godwit::estimate {

// Seconds after the begin. In one of ten cases it is earlier than `low`, in one of ten later than `high`.
struct Span {
  double seconds = 0, low = 0, high = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct WaveEstimate {
  std::string name;
  std::uint64_t accounts = 0, messages = 0, bytes = 0;
  Span ends;
  friend bool operator==(const WaveEstimate&, const WaveEstimate&) = default;
};

struct AccountEstimate {
  std::string name;
  std::uint64_t messages = 0, bytes = 0;
  double begins = 0, ends = 0;  // seconds after the begin
  friend bool operator==(const AccountEstimate&, const AccountEstimate&) = default;
};

struct Estimate {
  InternalDate begin;  // as if it began then
  std::uint64_t accounts = 0, messages = 0, bytes = 0;
  Span total;
  std::vector<WaveEstimate> waves;       // that have accounts
  std::vector<AccountEstimate> longest;  // the ten with the longest time at work, the longest first
  Constraint bottleneck = Constraint::servers;
  std::string slow_side;  // where that is `servers`: "source", "target", "line" or "godwit"; may be empty
  double closed_seconds = 0;   // of the total: nothing may be done, by windows or budgets
  bool is_measured = false;    // by storing on the target; else that is assumed
  bool is_endless = false;     // by the windows it never comes to its end
  std::vector<std::string> notes;
  Problem problem;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

[[nodiscard]] Estimate estimate(Problem problem, InternalDate begin);

// Only the time, of the problem with every cost multiplied: by what the migration at work was slower than predicted.
[[nodiscard]] std::optional<Span> span_of(const Problem& problem, double slower = 1, std::size_t most_plays = 100);

// "2 h 10 min", "45 s", "3 days 4 h"; two units at most.
[[nodiscard]] std::string duration_words(double seconds);
// "2 h 10 min (1 h 50 min to 2 h 40 min)"
[[nodiscard]] std::string words_of(const Span& span);

}  // namespace godwit::estimate
