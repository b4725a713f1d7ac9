// SPDX-License-Identifier: Apache-2.0
// The accounts of a plan.
#pragma once

#include <vector>

#include "plan/accounts_file.h"
#include "plan/plan.h"

namespace godwit::plan {

// From all files of the plan, in their order, complete and checked against it: each has its endpoints, a name on both sides, and a
// wave where the plan has waves. A password may be missing: the vault may have it. No two are the same mailbox of a source;
// two go into one mailbox of a target only where the plan allows that. Errors of kind usage, with every fault's file and line.
[[nodiscard]] Result<std::vector<Account>> read_accounts(const Plan& plan);

// The same for what parse_accounts() gave. Faults are added to `problems`.
void complete_accounts(const Plan& plan, std::vector<Account>& accounts, Problems& problems);

}  // namespace godwit::plan
