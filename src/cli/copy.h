// SPDX-License-Identifier: Apache-2.0
// godwit copy: one round over one account. godwit retry: the same for those items alone that were not moved before.
#pragma once

#include "cli/log_file.h"
#include "cli/organisation.h"
#include "sync/rules.h"

namespace godwit::cli {

struct CopyOptions {
  AccountOptions source, target;
  PlanOptions plan;             // retry, where there are no URLs
  std::string ledger;
  bool plain_ok = false;
  bool json = false;
  int connections = 2;
  bool only_not_moved = false;  // retry
  bool allow_mass_removal = false;
  bool dry_run = false, read_back = false;  // of calendars, address books and filters
  sync::RuleTexts rules;
  std::string repairs;
  double quiet_seconds = 5;
  LogFileOptions log;
  std::string trace;            // file, none when empty
  bool trace_bodies = false;
};

// Add a command to the program. `options` must outlive it.
CLI::App& add_copy_command(CLI::App& program, CopyOptions& options);
CLI::App& add_retry_command(CLI::App& program, CopyOptions& options);

// Run it and return the exit status.
[[nodiscard]] int run_copy(const CopyOptions& options, const Wiring& wiring);
[[nodiscard]] int run_retry(const CopyOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
