// SPDX-License-Identifier: Apache-2.0
// godwit init: a first plan, and an accounts file beside it, by questions or by options.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/accounts.h"

namespace godwit::cli {

struct InitOptions {
  struct Endpoint {
    std::string host, security, port, fingerprint;
    std::string login, authorization, admin_user;
    std::string password_file, password_env;
  };
  std::filesystem::path plan = "godwit.toml";
  std::string name, accounts, ledger = "migration.ledger";
  Endpoint source, target;
  std::string pilot;
  std::vector<std::string> waves;
  bool no_probe = false;
  bool json = false;
};

CLI::App& add_init_command(CLI::App& program, InitOptions& options);
[[nodiscard]] int run_init(const InitOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
