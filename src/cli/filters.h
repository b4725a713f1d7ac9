// SPDX-License-Identifier: Apache-2.0
// What the commands tell of filters: what each script does that must keep working, and what a target lacks for it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/inventory.h"
#include "endpoint/collections.h"
#include "sieve/summary.h"

namespace godwit::cli {

struct FilterReport {
  std::string name;
  bool is_active = false;
  std::uint64_t size = 0;
  std::optional<Error> error{};  // it cannot be read, or is no Sieve: then the summary is empty
  sieve::Summary summary{};
};

[[nodiscard]] Task<Result<std::vector<FilterReport>>> read_filters(endpoint::CollectionSession& session, const endpoint::Collection& collection);

[[nodiscard]] std::string to_text(std::span<const FilterReport> filters);  // lines, indented
[[nodiscard]] nlohmann::json to_json(std::span<const FilterReport> filters);

// godwit check of two accounts of filters: nothing is uploaded.
[[nodiscard]] int run_check_of_filters(const InventoryOptions& options, const Wiring& wiring);

// Tries each call that a migration makes with scripts of its own; the active one is left alone.
using TellCheck = std::function<void(std::string name, bool is_ok, std::string said)>;
[[nodiscard]] Task<Result<>> try_filters(endpoint::CollectionTargetSession& session, TellCheck tell);

}  // namespace godwit::cli
