// SPDX-License-Identifier: Apache-2.0
// Proof over a plan: godwit verify without URLs, and godwit finish. Both are at work as godwit migrate is: as the owner of the ledger,
// within the servers' limits, with orders from other commands meanwhile.
#pragma once

#include "cli/organisation.h"
#include "sync/verifier.h"

namespace godwit::cli {

struct ProofOptions {
  PlanOptions plan;
  sync::VerifyOptions verify;
  std::size_t accounts_at_once = 0;  // 0: as the plan says
  std::size_t threads = 0;           // 0: as many as there are processors
};
[[nodiscard]] int run_verify_of_plan(const ProofOptions& options, const Wiring& wiring);

struct FinishOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0, threads = 0;
  bool listed = false, full = false;
  bool allow_mass_removal = false;
  std::vector<std::string> tolerated;  // "flags", "dates"
  std::string manifests, key;  // directory and file; empty: beside the ledger
};
CLI::App& add_finish_command(CLI::App& program, FinishOptions& options);
[[nodiscard]] int run_finish(const FinishOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
