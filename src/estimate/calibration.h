// SPDX-License-Identifier: Apache-2.0
// How fast two servers are, measured in some seconds: real rounds, through the engine and within the limits, over a few messages of
// the largest accounts. They are read, and generated ones of the same sizes are stored in folders that are removed again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "estimate/problem.h"
#include "jobs/migration.h"
#include "ledger/ledger.h"

namespace godwit::estimate {

struct CalibrationOptions {
  bool may_store = true;           // else only reading is measured, and storing is taken to be as fast
  std::size_t at_once = 20;        // as many accounts as will be at work, where there are so many jobs
  std::size_t threads = 0;
  double bytes = 24 << 20;         // at most, for each measurement
  double messages = 2000;          // the same
  std::chrono::milliseconds enough{600};  // a measurement that takes as long is believed
};

struct Calibration {
  Speed speed;
  std::string slow_side;           // as of Route
  bool is_measured = false;        // by storing
  std::vector<std::string> notes;  // what an operator should know: accounts that could not be used, folders left behind
};

// `jobs`: accounts of one source and one target server, the largest first; the first of them are used. `scratch`: a ledger that
// is thrown away. An error where no account could be used; of kind canceled when `stop` was set.
[[nodiscard]] Task<Result<Calibration>> calibrate(std::vector<jobs::Job> jobs, ledger::Ledger& scratch, CalibrationOptions options,
                                                  const std::atomic<bool>& stop);

// Runs the migration until it has ended, or until `stop` is set and what is at work has come to its end.
[[nodiscard]] Task<> run_stoppable(jobs::Migration& migration, const std::atomic<bool>& stop);

}  // namespace godwit::estimate
