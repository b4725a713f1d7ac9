// SPDX-License-Identifier: Apache-2.0
// Commands that look at a migration at work, or give it orders: godwit status, pause, resume, account. They talk to the process that
// owns the plan's ledger.
#pragma once

#include "cli/organisation.h"

namespace godwit::cli {

struct OrderOptions {
  PlanOptions plan;
  std::string account;
  std::string order;   // "hold", "release", "cancel", "retry"
  std::string wave;
  bool watch = false;
};

CLI::App& add_status_command(CLI::App& program, OrderOptions& options);
[[nodiscard]] int run_status(const OrderOptions& options, const Wiring& wiring);
CLI::App& add_pause_command(CLI::App& program, OrderOptions& options);
CLI::App& add_resume_command(CLI::App& program, OrderOptions& options);
// Of everything: `order` is "pause" or "resume".
[[nodiscard]] int run_order(const OrderOptions& options);
CLI::App& add_sign_off_command(CLI::App& program, OrderOptions& options);
[[nodiscard]] int run_sign_off(const OrderOptions& options, const Wiring& wiring);
// With a subcommand for each order, and "list" and "show".
CLI::App& add_account_command(CLI::App& program, OrderOptions& options, const std::function<void()>& run);
[[nodiscard]] int run_account(const OrderOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
