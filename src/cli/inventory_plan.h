// SPDX-License-Identifier: Apache-2.0
// godwit inventory over a plan.
#pragma once

#include "cli/inventory.h"

namespace godwit::cli {

[[nodiscard]] int run_inventory_of_plan(const InventoryOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
