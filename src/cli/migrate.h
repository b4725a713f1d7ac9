// SPDX-License-Identifier: Apache-2.0
// godwit migrate: a round over every account of a plan, as the owner of its ledger. Other commands give it orders meanwhile.
#pragma once

#include "cli/organisation.h"

namespace godwit::cli {

struct MigrateOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0;  // 0: as the plan says
  std::size_t threads = 0;           // 0: as many as there are processors
};

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options);
[[nodiscard]] int run_migrate(const MigrateOptions& options, const Wiring& wiring);

// How many accounts migrate takes at once: `wanted`; where that is 0 what the servers allow, where the plan tells that, at so many
// connections each.
[[nodiscard]] std::size_t accounts_at_once(std::size_t wanted, const plan::Plan& plan);

}  // namespace godwit::cli
