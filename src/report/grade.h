// SPDX-License-Identifier: Apache-2.0
// The grade of an account: what may be said of its migration, derived from counts alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"

namespace godwit::report {

// From best to worst. Only the first two are finished.
enum class Grade : std::uint8_t {
  perfect,  // every item is proven
  good,     // every item is at least listed; what could not be kept is told
  review,   // items were not moved, and somebody must accept each group of them
  failed,   // the last round did not come to its end, or something is below listed
};
[[nodiscard]] std::string_view name_of(Grade grade);
[[nodiscard]] std::optional<Grade> grade_named(std::string_view name);

enum class LastRound : std::uint8_t { none, cut_short, complete };

struct GradeFacts {
  // Items on the target, each at its one level. What its user withdrew there is not among them, and does not count against the
  // grade; nor does what a rule of the plan leaves out.
  std::uint64_t accepted = 0, listed = 0, proven = 0, altered = 0;
  std::uint64_t not_attempted = 0;  // known on the source, and neither moved nor tried
  std::uint64_t open_batches = 0;   // intents without a result
  std::vector<ledger::ProblemGroup> problems;
  LastRound last_round = LastRound::none;
};

struct Verdict {
  Grade grade = Grade::perfect;
  std::vector<std::string> reasons;  // all that keeps the account from perfect, for people; the worst first
};
[[nodiscard]] Verdict grade_of(const GradeFacts& facts);

}  // namespace godwit::report
