// SPDX-License-Identifier: Apache-2.0
// The accounts of a plan, as the commands that work on many of them see them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/accounts.h"
#include "cli/migration_log.h"
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
// For a command that takes two URLs and a "--ledger", or a plan instead: "--plan", "--account" and "--wave", none of them beside a ledger.
void add_plan_instead(CLI::App& command, PlanOptions& options);

struct Organisation {
  plan::Plan plan;
  std::vector<plan::Account> accounts;  // those that were chosen
  std::map<std::string, std::size_t> people;  // accounts of the whole plan, by their waves
};
// Errors of kind usage: what is wrong in the plan's files, an account or a wave that is not in them.
[[nodiscard]] Result<Organisation> read_organisation(const PlanOptions& options);

// By which people call the account in commands and reports: its login name on the source; where the plan has several sources, with
// the source's name in front, "old:alice@example.com".
[[nodiscard]] std::string name_of(const plan::Plan& plan, const plan::Account& account);

// The plan's windows are in days of the week, the limits' in minutes of it.
[[nodiscard]] std::vector<limits::WeeklyWindow> windows_of(const plan::WeeklyWindows& windows);
// With their time zone. Error of kind usage: this machine does not know it.
[[nodiscard]] Result<limits::WeeklyWindows> windows_in_zone(const plan::WeeklyWindows& windows);

// In the order of the accounts, with their passwords: see find_passwords(), which is given the ledger. What is in no file and not in
// the vault is asked for once, where it is for all accounts. The organisation must outlive the jobs.
[[nodiscard]] Result<std::vector<jobs::Job>> make_jobs(const Organisation& organisation, const Wiring& wiring,
                                                       ledger::Ledger* ledger = nullptr, const TraceOptions& trace = {});

// The same without passwords: only their names and identities are right. Asks for nothing.
[[nodiscard]] Result<std::vector<jobs::Job>> make_identified(const Organisation& organisation, const Wiring& wiring);

// Error of kind usage where nothing was ever moved: for commands that tell of what was.
[[nodiscard]] Result<> check_ledger_exists(const plan::Plan& plan);
// The same with the passwords of the sources alone: for commands that do not open the targets.
[[nodiscard]] Result<std::vector<jobs::Job>> make_source_jobs(const Organisation& organisation, const Wiring& wiring);

// How many accounts at once: as many as are wanted, or (0) what the servers allow, where the plan tells that, and 20 at most.
[[nodiscard]] std::size_t accounts_at_once(const plan::Plan& plan, std::size_t wanted);

// A command that only looks may hold the ledger for a moment: waits a few seconds before it is an error.
[[nodiscard]] Result<std::unique_ptr<ledger::Ledger>> open_ledger(const plan::Plan& plan, const Wiring& wiring);

// What every account is moved with.
[[nodiscard]] Result<sync::RoundOptions> round_options(const plan::Plan& plan);

}  // namespace godwit::cli
