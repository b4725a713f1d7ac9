// SPDX-License-Identifier: Apache-2.0
// How long a migration at work will still take, by the estimate that the plan's ledger has of it.
#pragma once

#include <functional>
#include <optional>

#include "jobs/migration.h"
#include "ledger/ledger.h"

namespace godwit::cli {

// For jobs::MigrationOptions::foresee; empty where no estimate was made.
[[nodiscard]] std::function<std::optional<jobs::TimeLeft>(const jobs::Snapshot&)> foresight(ledger::Ledger& ledger);

}  // namespace godwit::cli
