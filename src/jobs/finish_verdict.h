// SPDX-License-Identifier: Apache-2.0
// Whether an account is finished: its last round had nothing to do, its verification found no difference, and its grade is perfect or
// good. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/grade.h"
#include "sync/item_check.h"
#include "sync/round.h"

namespace godwit::jobs {

// Differences that stay however often one looks: flags that people set on the target, and dates that its server does not keep.
struct Tolerance {
  bool flags = false, dates = false;
};

struct FinishFacts {
  Tolerance tolerated;
  int rounds = 0;
  sync::RoundResult last_round;  // that came to its end
  sync::VerifyCounts verified;
  report::GradeFacts grade;
};

// What keeps an account from being finished, and what somebody can do about it.
struct Obstacle {
  std::string what, advice;
  friend bool operator==(const Obstacle&, const Obstacle&) = default;
};

struct FinishVerdict {
  report::Grade grade = report::Grade::failed;
  std::vector<Obstacle> obstacles;
  [[nodiscard]] bool is_finished() const { return obstacles.empty(); }
};

// `account`: its name, for the commands in the advice.
[[nodiscard]] FinishVerdict judge_finish(const FinishFacts& facts, std::string_view account);

// "2 missing, 1 other flags"; empty when there are none.
[[nodiscard]] std::string describe_differences(const sync::VerifyCounts& counts);

}  // namespace godwit::jobs
