// SPDX-License-Identifier: Apache-2.0
// godwit migrate --pre-stage: the plan's [pre_stage] in place of its waves.
#pragma once

#include "base/error.h"
#include "cli/organisation.h"
#include "jobs/migration.h"

namespace godwit::cli {

// Leaves the accounts of [pre_stage]'s waves, and makes of `options` the work on their old mail, in its windows alone: no sign-off and
// no wave is waited for. Errors of kind usage: the plan has no [pre_stage], or nothing could be old by its rules.
[[nodiscard]] Result<> choose_pre_stage(Organisation& organisation, jobs::MigrationOptions& options,
                                        std::chrono::system_clock::time_point now);

}  // namespace godwit::cli
