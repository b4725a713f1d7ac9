// SPDX-License-Identifier: Apache-2.0
// godwit check over a plan.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cli/inventory.h"
#include "cli/survey.h"
#include "inventory/check.h"
#include "inventory/organisation.h"

namespace godwit::cli {

// Every account of a survey, looked at on both sides.
struct PlanCheck {
  std::vector<std::optional<inventory::AccountCheck>> accounts;  // as the survey's jobs; nothing: its turn did not come
  bool is_whole = true;                                          // false: it was stopped
  inventory::OrganisationInventory organisation;                 // with the findings of all
  [[nodiscard]] inventory::Severity worst() const;
};
// Does more for an account whose source could be read, in its turn.
using MoreOfAccount = std::function<Task<Result<>>(std::size_t index, const inventory::AccountCheck& check)>;
// Tells of each account as its turn ends.
[[nodiscard]] PlanCheck check_all(const Survey& survey, const inventory::CheckOptions& options, SurveyConsole& console,
                                  const MoreOfAccount& more = {});

[[nodiscard]] int run_check_of_plan(const InventoryOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
