// SPDX-License-Identifier: Apache-2.0
// Gathers what went wrong by its cause: items that were not moved, or not as they were, and errors that ended people's rounds.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/task.h"
#include "jobs/account_summary.h"
#include "ledger/ledger.h"
#include "report/organisation.h"

namespace godwit::cli {

class ProblemCauses {
 public:
  // Opens the account's store only where it has problems on record, and examples of their kinds are still wanted.
  [[nodiscard]] Task<Result<>> add(const jobs::AccountSummary& summary, ledger::AccountIdentity identity, ledger::Ledger& ledger);
  [[nodiscard]] std::vector<report::ProblemCause> take();

 private:
  // Kind, code, whether it was accepted, whether it is about items.
  using Key = std::tuple<std::string, std::uint16_t, bool, bool>;
  report::ProblemCause& cause_of(const Key& key);
  void add_error(const jobs::AccountSummary& summary);
  [[nodiscard]] Task<Result<>> add_examples(const jobs::AccountSummary& summary, ledger::AccountLedger& account);

  std::map<Key, report::ProblemCause> causes_;
};

}  // namespace godwit::cli
