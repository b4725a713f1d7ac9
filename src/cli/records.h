// SPDX-License-Identifier: Apache-2.0
// What is told of accounts from the ledger alone: godwit manifest, godwit report, godwit accept.
#pragma once

#include <string>
#include <vector>

#include "cli/organisation.h"

namespace godwit::cli {

struct RecordOptions {
  AccountOptions source, target;  // URLs that name the account; not needed where the ledger has only one
  std::string ledger;
  PlanOptions plan;               // manifest and accept: where there are neither URLs nor a ledger
  bool json = false;
  std::string output, key;         // manifest
  std::vector<std::string> kinds;  // accept
};

// An account that is in the ledger already; godwit copy alone makes new ones.
[[nodiscard]] Task<Result<std::unique_ptr<ledger::AccountLedger>>> find_account(ledger::Ledger& ledger,
                                                                                ledger::AccountIdentity identity);

// `options` must outlive the program.
CLI::App& add_manifest_command(CLI::App& program, RecordOptions& options);
CLI::App& add_report_command(CLI::App& program, RecordOptions& options);
CLI::App& add_accept_command(CLI::App& program, RecordOptions& options);

[[nodiscard]] int run_manifest(const RecordOptions& options, const Wiring& wiring);
[[nodiscard]] int run_report(const RecordOptions& options, const Wiring& wiring);
[[nodiscard]] int run_accept(const RecordOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
