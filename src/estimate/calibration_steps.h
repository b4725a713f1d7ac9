// SPDX-License-Identifier: Apache-2.0
// What a calibration does for one account when its turn has come.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "estimate/fit.h"
#include "estimate/sample.h"
#include "jobs/migration.h"

namespace godwit::estimate {

// What all accounts of one measurement tell. With the mutex held.
struct Findings {
  std::mutex mutex;
  std::map<std::string, Offer> offers;  // by job
  std::vector<Measure> rounds;          // each of them
  std::vector<Measure> removals;        // of folders, after each round
  std::vector<Stretch> stretches;       // of each account: its rounds one after the other, with the removals
  int at_work = 0, most_at_work = 0;    // accounts at once
  std::chrono::nanoseconds source_waited{}, target_waited{};
  std::vector<std::string> notes;
};

// Finds out what the account has to offer.
[[nodiscard]] std::unique_ptr<jobs::Work> make_look_step(jobs::WorkPlace place, Findings& findings);

// A round over each sample; what it has made on the target is removed behind it.
[[nodiscard]] std::unique_ptr<jobs::Work> make_round_step(jobs::WorkPlace place, Findings& findings, std::vector<Sample> samples);

// Only reads the samples: what the target would do is not known.
[[nodiscard]] std::unique_ptr<jobs::Work> make_read_step(jobs::WorkPlace place, Findings& findings, std::vector<Sample> samples);

}  // namespace godwit::estimate
