// SPDX-License-Identifier: Apache-2.0
// godwit manifest and godwit accept for accounts of a plan.
#pragma once

#include "cli/records.h"

namespace godwit::cli {

[[nodiscard]] int run_manifest_of_plan(const RecordOptions& options, const Wiring& wiring);
// Of accounts or waves that are named: nobody accepts for all by an omission.
[[nodiscard]] int run_accept_of_plan(const RecordOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
