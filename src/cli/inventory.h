// SPDX-License-Identifier: Apache-2.0
// godwit inventory: what an account holds; godwit check: can it be moved? Of one account by its URLs, or of all accounts of a plan.
#pragma once

#include "cli/accounts.h"
#include "cli/organisation.h"
#include "sync/rules.h"

namespace godwit::cli {

struct InventoryOptions {
  AccountOptions source, target;  // the inventory has no target; without a URL it is about the plan
  PlanOptions plan;
  std::size_t accounts_at_once = 0;  // 0: as the plan says
  std::size_t threads = 0;           // 0: as many as there are processors
  sync::RuleTexts rules;
  std::size_t largest = 20;
  std::string csv;  // which table; empty: no CSV
  bool plain_ok = false;
};

// `options` must outlive the program.
CLI::App& add_inventory_command(CLI::App& program, InventoryOptions& options);
CLI::App& add_check_command(CLI::App& program, InventoryOptions& options);
[[nodiscard]] int run_inventory(const InventoryOptions& options, const Wiring& wiring);
[[nodiscard]] int run_check(const InventoryOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
