// SPDX-License-Identifier: Apache-2.0
// godwit copy: one round over one account.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "endpoint/session.h"
#include "ledger/ledger.h"
#include "sync/rules.h"

namespace godwit::cli {

// One side as the command line gives it.
struct AccountOptions {
  std::string url;
  std::string password_file;
  std::string trust_fingerprint;  // hexadecimal, colons allowed
  bool trust_always = false;
};

struct CopyOptions {
  AccountOptions source, target;
  std::string ledger;
  bool plain_ok = false;
  bool json = false;
  int connections = 2;
  bool allow_mass_removal = false;
  sync::RuleTexts rules;
  double quiet_seconds = 5;
};

// What the command needs from outside: only the application knows concrete systems.
struct Wiring {
  std::function<Result<std::unique_ptr<endpoint::Source>>(const AccountOptions&, Secret, bool plain_ok)> source;
  std::function<Result<std::unique_ptr<endpoint::Target>>(const AccountOptions&, Secret, bool plain_ok)> target;
  std::function<Result<std::unique_ptr<ledger::Ledger>>(const std::filesystem::path&)> ledger;
};

// Adds the command to the program. `options` must outlive it.
CLI::App& add_copy_command(CLI::App& program, CopyOptions& options);

// Runs it and returns the exit status.
[[nodiscard]] int run_copy(const CopyOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
