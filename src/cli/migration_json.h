// SPDX-License-Identifier: Apache-2.0
// A migration at work as JSON: for the API, and for commands that were asked for JSON lines. docs/api.md has the keys.
#pragma once

#include <nlohmann/json.hpp>

#include "jobs/migration.h"

namespace godwit::cli {

[[nodiscard]] nlohmann::json to_json(const jobs::JobStatus& job);
// With the accounts that are in it.
[[nodiscard]] nlohmann::json to_json(const jobs::Snapshot& snapshot);

// What a screen needs of it, read back.
[[nodiscard]] jobs::Snapshot snapshot_of(const nlohmann::json& status);

}  // namespace godwit::cli
