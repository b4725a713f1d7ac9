// SPDX-License-Identifier: Apache-2.0
// The accounts of a plan, as the commands that work on many of them see them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/accounts.h"
#include "jobs/job.h"
#include "plan/accounts.h"
#include "plan/plan.h"

namespace godwit::cli {

struct PlanOptions {
  std::filesystem::path plan = "godwit.toml";
  std::vector<std::string> accounts;  // by their names; none: all
  std::vector<std::string> waves;     // none: all
  bool json = false;
};
// "--plan", "--json"; with `chooses` also "--account" and "--wave".
void add_plan_options(CLI::App& command, PlanOptions& options, bool chooses);

struct Organisation {
  plan::Plan plan;
  std::vector<plan::Account> accounts;  // those that were chosen
};
// Errors of kind usage: what is wrong in the plan's files, an account or a wave that is not in them.
[[nodiscard]] Result<Organisation> read_organisation(const PlanOptions& options);

// By which people call the account in commands and reports: its login name on the source; where the plan has several sources, with
// the source's name in front, "old:alice@example.com".
[[nodiscard]] std::string name_of(const plan::Plan& plan, const plan::Account& account);

// In the order of the accounts. Asks for the passwords of endpoints that have one for all accounts, once.
[[nodiscard]] Result<std::vector<jobs::Job>> make_jobs(const Organisation& organisation, const Wiring& wiring);

// The same without passwords: only their names and identities are right. Asks for nothing.
[[nodiscard]] Result<std::vector<jobs::Job>> make_identified(const Organisation& organisation, const Wiring& wiring);

// A command that only looks may hold the ledger for a moment: waits a few seconds before it is an error.
[[nodiscard]] Result<std::unique_ptr<ledger::Ledger>> open_ledger(const plan::Plan& plan, const Wiring& wiring);

// The plan's windows are in days of the week, the limits' in minutes of it.
[[nodiscard]] std::vector<limits::WeeklyWindow> weekly_windows_of(const plan::WeeklyWindows& windows);

// What every account is moved with.
[[nodiscard]] Result<sync::RoundOptions> round_options(const plan::Plan& plan);

}  // namespace godwit::cli
