// SPDX-License-Identifier: Apache-2.0
// How much of what an account holds is on record in the ledger already: for a dry run. The ledger is only read.
#pragma once

#include "base/task.h"
#include "inventory/inventory.h"
#include "ledger/ledger.h"

namespace godwit::inventory {

struct Recorded {
  Tally done;                   // messages of the inventory that are on the target, or were there and were removed by their owner
  std::uint64_t not_moved = 0;  // problems on record for items that are not on the target
};

// `inventory` was taken with InventoryOptions::keeps_uids. An account that the ledger does not know has nothing on record, and is not
// made. Errors: storage.
[[nodiscard]] Task<Result<Recorded>> count_recorded(ledger::Ledger& ledger, ledger::AccountIdentity account,
                                                    const AccountInventory& inventory);

}  // namespace godwit::inventory
