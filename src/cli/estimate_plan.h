// SPDX-License-Identifier: Apache-2.0
// From a plan and what its accounts hold to the problem that an estimate solves.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "cli/organisation.h"
#include "estimate/calibration.h"
#include "estimate/count.h"
#include "estimate/problem.h"

namespace godwit::cli {

// Source and target of an account, by the names of the plan.
using RouteName = std::pair<std::string, std::string>;

struct PlanLoads {
  std::map<std::string, estimate::Count> left;  // by the accounts' names; accounts that are missing are left out
  std::map<RouteName, estimate::Calibration> calibrations;  // of every route that an account with something left has
  std::size_t accounts_at_once = 1;
};

[[nodiscard]] Result<estimate::Problem> problem_of(const Organisation& organisation, const PlanLoads& loads,
                                                   std::chrono::system_clock::time_point begin);

}  // namespace godwit::cli
