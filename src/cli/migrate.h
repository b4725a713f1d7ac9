// SPDX-License-Identifier: Apache-2.0
// godwit migrate: a round over every account of a plan, as the owner of its ledger. Other commands give it orders meanwhile.
#pragma once

#include "api/router.h"
#include "cli/migration_console.h"
#include "cli/organisation.h"
#include "cli/run_keeper.h"

namespace godwit::cli {

struct MigrateOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0;  // 0: as the plan says
  std::size_t threads = 0;           // 0: as many as there are processors
  bool only_not_moved = false;       // retry
  std::string repairs;               // empty: as the plan says
  std::uint32_t retry_pause = 30;    // seconds
  bool is_pre_stage = false;         // only what [pre_stage] of the plan says
  LogFileOptions log;
  TraceOptions trace;
  bool dry_run = false;
};

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options);
[[nodiscard]] int run_migrate(const MigrateOptions& options, const Wiring& wiring);

// For commands that are at work on many accounts in the same way.
struct Around {
  // Runs what it is given, and something beside it.
  std::function<Task<>(std::function<Task<>()>)> run = {};
  std::function<void(api::Router&)> add_calls = {};
};
// Runs it to its end, shows how far it is, takes the calls of other commands meanwhile, and stops it at a signal. True: it was stopped.
[[nodiscard]] bool run_on_screen(jobs::Migration& migration, const plan::Plan& plan, ledger::Ledger& ledger, RunKeeper& keeper,
                                 MigrationConsole& console, const Around& around = {});

}  // namespace godwit::cli
