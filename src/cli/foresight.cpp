// SPDX-License-Identifier: Apache-2.0
#include "cli/foresight.h"

#include "cli/run_here.h"
#include "estimate/estimate_json.h"
#include "estimate/remaining.h"

namespace godwit::cli {

std::function<std::optional<jobs::TimeLeft>(const jobs::Snapshot&)> foresight(ledger::Ledger& ledger) {
  const auto read = [&]() -> Task<Result<estimate::Estimate>> {
    const auto text = co_await estimate::recorded_estimate(ledger);
    if (!text) co_return fail(ErrorKind::not_found, "no estimate is on record");
    co_return estimate::from_json(*text);
  };
  const auto before = run_here(read());
  if (!before) return {};
  return [before = *before](const jobs::Snapshot& snapshot) {
    return estimate::time_left(before, snapshot, std::chrono::system_clock::now());
  };
}

}  // namespace godwit::cli
