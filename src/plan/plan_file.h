// SPDX-License-Identifier: Apache-2.0
// godwit.toml. docs/plan.md explains its keys.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "plan/plan.h"

namespace godwit::plan {

// Strict: unknown keys, values of another type, and combinations that cannot be are errors. All of them are told at once, each
// with line and column and with what to write; of what is no TOML, the first. Errors of kind usage. Relative paths in a plan are
// relative to its file. Neither the accounts files nor password files are opened.
[[nodiscard]] Result<Plan> read_plan(const std::filesystem::path& file);
[[nodiscard]] Result<Plan> parse_plan(std::string_view text, const std::filesystem::path& file);

// Every key that a plan may have, with its table: ("source.limits", "connections"). Tables below others are keys too.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> plan_keys();

}  // namespace godwit::plan
