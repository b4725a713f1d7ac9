// SPDX-License-Identifier: Apache-2.0
// Who is who on the other side: a file of people and groups, and the accounts of the plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/accounts_file.h"
#include "plan/plan.h"
#include "plan/problems.h"
#include "sync/extras_options.h"

namespace godwit::plan {

// CSV with the columns source and target; a line each, "bob@old.example.com,bob@example.com", "group:sales,group:verkauf",
// "anyone,authenticated"; without a target what it has is not copied. Each line that is wrong is a problem.
void parse_identities(std::string_view text, const std::string& file, sync::IdentityMap& identities, Problems& problems);

// The plan's file where it has one, then its accounts, then its rules for addresses: nobody else has a counterpart. Errors of kind usage,
// with file and line.
[[nodiscard]] Result<sync::IdentityMap> read_identities(const Plan& plan, const std::vector<Account>& accounts);

}  // namespace godwit::plan
