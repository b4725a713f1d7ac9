// SPDX-License-Identifier: Apache-2.0
// The waves of a plan: which wait for a pilot, and its sign-off, which is on record in the ledger.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/organisation.h"
#include "jobs/migration.h"
#include "ledger/ledger.h"
#include "plan/plan.h"

namespace godwit::cli {

// When the accounts of each wave of the plan may be at work, with what is on record of those that have ended. A wave without accounts
// has ended.
[[nodiscard]] Result<std::vector<jobs::WaveTimes>> wave_times(const Organisation& organisation, ledger::Ledger& ledger);

// Every account of the wave has come to its end: what comes after it may begin, in later runs too.
[[nodiscard]] Task<Result<>> record_end(ledger::Ledger& ledger, std::string wave);

// Of which every account is chosen.
[[nodiscard]] std::set<std::string> whole_waves(const Organisation& organisation);

// When the pilot of this name was signed off (RFC 3339); nothing where it was not.
[[nodiscard]] Task<Result<std::optional<std::string>>> sign_off_on_record(ledger::Ledger& ledger, std::string wave);

// Every wave but the pilots, until each of these is signed off.
[[nodiscard]] Result<std::set<std::string>> held_waves(const plan::Plan& plan, ledger::Ledger& ledger);

// Puts it on record. Error of kind usage: the plan has no such pilot. The first opens the waves of a migration at work that nothing
// holds any more; the second is for when nobody is at work on the plan.
[[nodiscard]] Task<Result<>> sign_off(const plan::Plan& plan, ledger::Ledger& ledger, jobs::Migration& migration, std::string wave);
[[nodiscard]] Result<> sign_off(const std::filesystem::path& plan_file, const std::string& wave, const Wiring& wiring);

}  // namespace godwit::cli
