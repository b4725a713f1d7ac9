// SPDX-License-Identifier: Apache-2.0
// godwit migrate: a round over every account of a plan, as the owner of its ledger. Other commands give it orders meanwhile.
#pragma once

#include "cli/organisation.h"

namespace godwit::cli {

struct MigrateOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0;  // 0: as the plan says
  std::size_t threads = 0;           // 0: as many as there are processors
  bool dry_run = false;
};

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options);
[[nodiscard]] int run_migrate(const MigrateOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
