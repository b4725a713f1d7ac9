// SPDX-License-Identifier: Apache-2.0
// The ledger on SQLite: one file for what is central, and beside it a folder "<file>.accounts" with a store per account for the
// item rows, folders and intents (which must change in one transaction).
#pragma once

#include <filesystem>
#include <memory>

#include "ledger/ledger.h"

namespace godwit::ledger {

// Opens or makes the ledger and takes its lock. Errors (kind storage), each with advice: another process holds it (and which pid),
// the file is no ledger, is damaged, has a newer schema, cannot be written.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::filesystem::path& file);

}  // namespace godwit::ledger
