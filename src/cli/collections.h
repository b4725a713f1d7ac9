// SPDX-License-Identifier: Apache-2.0
// godwit inventory and godwit probe of an account of calendars and address books.
#pragma once

#include "cli/accounts.h"
#include "cli/probe.h"

namespace godwit::cli {

// Its collections, how much is in them, who may see them, and what the server can.
[[nodiscard]] int run_inventory_of_collections(const AccountOptions& account, bool plain_ok, bool json, const Wiring& wiring);


// Tries each call that a migration makes in collections of its own; what it put in is removed, the collections stay.
[[nodiscard]] int run_probe_of_collections(const ProbeOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
