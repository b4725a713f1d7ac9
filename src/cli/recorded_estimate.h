// SPDX-License-Identifier: Apache-2.0
// The estimate that was made before anything was moved, as it is on record.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "ledger/ledger.h"
#include "report/organisation.h"

namespace godwit::cli {

// A JSON object, as godwit estimate --json tells it. Empty where none was made.
[[nodiscard]] Task<Result<std::string>> estimate_on_record(ledger::Ledger& ledger);

// What it predicts; nothing where the text is none. What came of it is the caller's to add.
[[nodiscard]] std::optional<report::Forecast> forecast_of(std::string_view estimate);

}  // namespace godwit::cli
