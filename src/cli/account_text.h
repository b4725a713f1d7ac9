// SPDX-License-Identifier: Apache-2.0
// One account, as its owner tells it over the socket, for a person.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace godwit::cli {

// Several lines, each with its end. `account` is what to_json(JobStatus) makes; what it does not tell is left out.
[[nodiscard]] std::string account_text(const nlohmann::json& account);

}  // namespace godwit::cli
