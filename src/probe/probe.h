// SPDX-License-Identifier: Apache-2.0
// The conformance suite: what an endpoint keeps, what it alters, what it refuses, and what it promises and does not hold.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "probe/checks.h"
#include "probe/finding.h"

namespace godwit::probe {

struct Options {
  Amounts amounts;
  bool keeps_folders = false;  // what was made stays, for whoever wants to look at it
  bool reads_apart = false;    // source and target number messages each in its own way, as with files: see check_written()
};

// Works on one account, as source and as target, in a folder of its own ("godwit-probe-" and 16 digits), which it removes again; what an
// earlier run has left, too. Nothing else in the account is touched. `on_step` gets a word for each group of checks before it begins.
// A check that comes to no end is a finding. Errors: those of connecting; `canceled` after `stop`, with everything removed.
[[nodiscard]] Task<Result<Report>> run(endpoint::Source& source, endpoint::Target& target, Options options,
                                       std::function<void(std::string_view)> on_step, const std::atomic<bool>& stop);

// The same of a source that is only read: whether what it tells of an account agrees with itself, over two sessions. Nothing of the account
// is touched.
[[nodiscard]] Task<Result<Report>> run_reading(endpoint::Source& source, Options options, std::function<void(std::string_view)> on_step);

}  // namespace godwit::probe
