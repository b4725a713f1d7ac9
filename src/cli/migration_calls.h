// SPDX-License-Identifier: Apache-2.0
// What other commands may ask of the process that owns a plan's ledger. docs/api.md lists the calls.
#pragma once

#include <functional>
#include <string>

#include "api/router.h"
#include "jobs/migration.h"

namespace godwit::cli {

// `migration` must outlive the router. `sign_off` records that a pilot is signed off, and opens what waits for it.
[[nodiscard]] api::Router migration_calls(jobs::Migration& migration, std::string plan_name,
                                          std::function<Task<Result<>>(const std::string& wave)> sign_off);

}  // namespace godwit::cli
