// SPDX-License-Identifier: Apache-2.0
// What follows from a probe for a migration to that endpoint.
#pragma once

#include <string>
#include <vector>

#include "probe/finding.h"

namespace godwit::probe {

// What godwit does about it, and what is left to the operator; empty where there is nothing to say.
[[nodiscard]] std::string advice_for(const Finding& finding);

// The lines of godwit.toml that the findings ask for, with comments; none where it needs none.
[[nodiscard]] std::vector<std::string> plan_lines(const Report& report);

}  // namespace godwit::probe
