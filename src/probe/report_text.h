// SPDX-License-Identifier: Apache-2.0
// A report for people and for programs. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "probe/finding.h"

namespace godwit::probe {

// In lines of at most `columns`.
[[nodiscard]] std::string to_text(const Report& report, std::size_t columns);
[[nodiscard]] nlohmann::json to_json(const Report& report);

}  // namespace godwit::probe
