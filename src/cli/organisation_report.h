// SPDX-License-Identifier: Apache-2.0
// The report of a plan, from the plan and its ledger.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/organisation.h"
#include "report/organisation.h"

namespace godwit::cli {

// What only the process knows that is at work on the plan.
struct AtWork {
  std::set<std::string> running;  // accounts, by name
  ledger::RunRecord run;          // as it is now
};

// `jobs`: of these accounts. Without `at_work` every account's own store is asked; with it only those at work, those with problems, and
// what nobody has summed up, so that the report costs a migration next to nothing.
[[nodiscard]] Task<Result<report::OrganisationReport>> gather_report(const Organisation& organisation, const std::vector<jobs::Job>& jobs,
                                                                     ledger::Ledger& ledger, std::optional<AtWork> at_work);

}  // namespace godwit::cli
