// SPDX-License-Identifier: Apache-2.0
// Verification and the final sweep, as the work of a Migration.
#pragma once

#include <optional>

#include "jobs/migration.h"
#include "jobs/proofs.h"
#include "report/manifest_directory.h"

namespace godwit::jobs {

// One verification of each account. It needs somebody where there is a difference. An account over which no round was made yet is an
// error. `proofs` must outlive the migration, here and below.
[[nodiscard]] MakeWork verify_work(sync::VerifyOptions options, Proofs& proofs);

// Rounds until one has nothing to do, three at most; then a verification, the verdict and the manifest. An account that is not finished
// needs somebody.
struct SweepOptions {
  sync::VerifyOptions verify;
  report::ManifestDirectory manifests;
  Tolerance tolerated;
};
[[nodiscard]] MakeWork sweep_work(SweepOptions options, Proofs& proofs);

// Error of kind not_found: no round was made over the account yet.
[[nodiscard]] Task<Result<std::unique_ptr<ledger::AccountLedger>>> account_with_round(ledger::Ledger& ledger,
                                                                                      const ledger::AccountIdentity& identity);

}  // namespace godwit::jobs
