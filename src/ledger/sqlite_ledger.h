// SPDX-License-Identifier: Apache-2.0
// The ledger on SQLite: one file for what is central, and beside it a folder "<file>.accounts" with a store per account for
// folders, intents, item rows and problems (which must change in one transaction); see
// docs/decisions/0001-intents-live-beside-items.md.
#pragma once

#include <filesystem>
#include <memory>

#include "ledger/ledger.h"

namespace godwit::ledger {

// Opens or makes the ledger and takes its lock. Errors (kind storage), each with advice: another process holds it (and which
// pid), the file is no ledger, is damaged, has a newer schema, cannot be written. The io_contexts of coroutines that wait
// for an answer must live until they have it, or until the ledger is gone, which answers what is queued.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::filesystem::path& file);

}  // namespace godwit::ledger
