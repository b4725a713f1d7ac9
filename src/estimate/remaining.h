// SPDX-License-Identifier: Apache-2.0
// How long a migration at work will still take: the estimate once more, of what is left, as fast as it has been so far.
#pragma once

#include <optional>

#include "estimate/estimate.h"
#include "jobs/migration.h"

namespace godwit::estimate {

using WallTime = std::chrono::system_clock::time_point;

// `before`: the estimate that was made for these accounts. `snapshot` has every account. Nothing while too little is known: there
// are accounts that are neither in the estimate nor have told what they hold, or it never ends.
[[nodiscard]] std::optional<jobs::TimeLeft> time_left(const Estimate& before, const jobs::Snapshot& snapshot, WallTime now);

// By what the accounts at work and those that are over were slower than the estimate says; 1 while little is done.
[[nodiscard]] double slower_than(const Estimate& before, const jobs::Snapshot& snapshot, WallTime now);

}  // namespace godwit::estimate
