// SPDX-License-Identifier: Apache-2.0
// godwit copy, retry and verify of accounts that hold calendars, address books and filters.
#pragma once

#include "cli/copy.h"
#include "cli/verify.h"
#include "sync/verifier.h"

namespace godwit::cli {

[[nodiscard]] int run_copy_of_collections(const CopyOptions& options, const Wiring& wiring);
[[nodiscard]] Result<int> verify_collections(const VerifyOptions& options, const sync::VerifyOptions& depth, const Wiring& wiring);

}  // namespace godwit::cli
