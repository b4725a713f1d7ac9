// SPDX-License-Identifier: Apache-2.0
// godwit login: a person permits godwit to read their mailbox, and the vault keeps that.
#pragma once

#include <cstdint>
#include <string>

#include "cli/organisation.h"

namespace godwit::cli {

struct LoginOptions {
  PlanOptions plan;
  std::string account;  // as godwit account list shows it
  std::string side;     // "source" or "target"; empty: the one where people log in
  bool by_device = false, by_browser = false;
  std::uint16_t port = 0;      // of the listener for the browser
  std::uint32_t minutes = 10;  // to wait for the browser
};

CLI::App& add_login_command(CLI::App& program, LoginOptions& options);
[[nodiscard]] int run_login(const LoginOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
