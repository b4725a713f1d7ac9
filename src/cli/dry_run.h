// SPDX-License-Identifier: Apache-2.0
// godwit migrate --dry-run: what would be done. Nothing is changed, and no ledger is made.
#pragma once

#include "cli/migrate.h"

namespace godwit::cli {

[[nodiscard]] int run_dry_run(const MigrateOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
