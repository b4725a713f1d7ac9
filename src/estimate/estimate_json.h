// SPDX-License-Identifier: Apache-2.0
// An estimate as JSON: for --json, and as it is kept in the ledger. docs/estimate.md has the keys.
#pragma once

#include <nlohmann/json.hpp>

#include "base/task.h"
#include "estimate/estimate.h"
#include "ledger/ledger.h"

namespace godwit::estimate {

[[nodiscard]] nlohmann::json to_json(const Span& span);
// With `problem`: all that is needed to estimate again what is left, account by account.
[[nodiscard]] nlohmann::json to_json(const Estimate& estimate, bool with_problem);
// Error of kind storage: the text is none that to_json() has made with the problem.
[[nodiscard]] Result<Estimate> from_json(const std::string& text);

// The last estimate of the plan that the ledger belongs to; it replaces the one before.
[[nodiscard]] Task<Result<>> record_estimate(ledger::Ledger& ledger, const Estimate& estimate);
// As text, for ledger::RunRecord::estimate; nothing when none was made, or it cannot be read.
[[nodiscard]] Task<std::optional<std::string>> recorded_estimate(ledger::Ledger& ledger);

}  // namespace godwit::estimate
