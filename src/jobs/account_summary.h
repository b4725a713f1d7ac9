// SPDX-License-Identifier: Apache-2.0
// What became of an account at last, as the ledger keeps it for pages over all accounts: nobody opens thousands of stores for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "jobs/job.h"
#include "ledger/ledger.h"
#include "report/grade.h"

namespace godwit::jobs {

// What came of one attempt.
struct Attempt {
  std::chrono::system_clock::time_point began;
  std::optional<std::chrono::system_clock::time_point> ended;  // nothing: its end is not on record
  std::uint64_t copied = 0, bytes = 0;
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct AccountSummary {
  std::string name, wave;
  State state = State::waiting;  // running: an attempt began; where nobody is at work it was cut short
  int attempts = 0;              // that failed in a row
  std::optional<Error> error;    // that ended the last one
  std::optional<report::Verdict> verdict;
  ledger::Counters counters;
  std::uint64_t bytes = 0;       // of the items that are on the target
  std::vector<ledger::ProblemGroup> problems;
  std::vector<Attempt> history;  // the first one first; of very many the first and the last ones
};
inline constexpr std::size_t most_attempts_kept = 40;

// Items that are on the target now: what its user removed there, and what a rule leaves out, are not.
[[nodiscard]] std::uint64_t on_target(const ledger::Counters& counters);

// Takes over how the account stands. An attempt that began with the last one on record replaces that.
void note_status(AccountSummary& summary, const JobStatus& status);
// Takes over what the account's own store knows. Error: the summary is as it was.
[[nodiscard]] Task<Result<>> note_record(AccountSummary& summary, ledger::AccountLedger& account);

[[nodiscard]] nlohmann::json to_json(const AccountSummary& summary);
// The way back; nothing where the text is none. Keys that it does not know are passed over.
[[nodiscard]] std::optional<AccountSummary> summary_of(std::string_view text);

}  // namespace godwit::jobs
