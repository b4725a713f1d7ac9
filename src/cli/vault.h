// SPDX-License-Identifier: Apache-2.0
// godwit vault: the passwords of a plan, sealed in its ledger.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/organisation.h"

namespace godwit::cli {

struct VaultOptions {
  PlanOptions plan;
  std::string order;                // "import", "list", "forget", "change-key", "wipe"
  std::vector<std::string> logins;  // forget: as list shows them
  std::string side;                 // forget: "source" or "target"; empty: both
  bool is_sure = false;             // wipe
};

// With a subcommand for each order.
CLI::App& add_vault_command(CLI::App& program, VaultOptions& options, const std::function<void()>& run);
[[nodiscard]] int run_vault(const VaultOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
