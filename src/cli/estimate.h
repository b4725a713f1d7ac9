// SPDX-License-Identifier: Apache-2.0
// godwit estimate: how long a plan will take, told before anything is moved.
#pragma once

#include "cli/organisation.h"

namespace godwit::cli {

struct EstimateOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0;  // 0: as godwit migrate takes
  bool read_only = false;            // nothing is stored on the target, not even for a moment
};

CLI::App& add_estimate_command(CLI::App& program, EstimateOptions& options);
[[nodiscard]] int run_estimate(const EstimateOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
