// SPDX-License-Identifier: Apache-2.0
// How many connections a server takes, as far as its refusals tell. It has said no while some were open: those are as many as it
// takes. After a quiet time one more is tried; each time that is refused, the quiet time doubles.
#pragma once

#include <chrono>
#include <optional>

#include "limits/clock.h"

namespace godwit::limits {

struct LearningSettings {
  std::chrono::nanoseconds quiet_time = std::chrono::seconds(60);
  std::chrono::nanoseconds longest_quiet_time = std::chrono::minutes(15);
};

class LearnedCap {
 public:
  // `set` by the operator, and never exceeded; 0: none.
  explicit LearnedCap(unsigned set = 0, LearningSettings settings = {}) : set_(set), settings_(settings), quiet_(settings.quiet_time) {}

  // How many may be open at `now`, at least one.
  [[nodiscard]] unsigned allowed(TimePoint now) const;
  // Whether one more than `open` would be a try whether the server takes more by now.
  [[nodiscard]] bool would_probe(unsigned open) const { return learned_ && open >= *learned_; }
  // The server said no to one more than `established`.
  void refused(TimePoint now, unsigned established, bool was_probe);
  // It took one more, and now has so many.
  void accepted(TimePoint now, unsigned established);

  [[nodiscard]] std::optional<unsigned> learned() const { return learned_; }
  [[nodiscard]] TimePoint next_probe() const { return probe_at_; }  // where something was learned

 private:
  [[nodiscard]] unsigned ceiling() const;

  unsigned set_;
  LearningSettings settings_;
  std::optional<unsigned> learned_;
  std::chrono::nanoseconds quiet_;
  TimePoint probe_at_;
};

}  // namespace godwit::limits
