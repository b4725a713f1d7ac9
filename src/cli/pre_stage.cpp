// SPDX-License-Identifier: Apache-2.0
#include "cli/pre_stage.h"

#include <algorithm>
#include <set>

#include "jobs/pre_stage.h"

namespace godwit::cli {
namespace {

// Whole days, so that all rounds of one day have the same rules.
std::chrono::sys_seconds end_of_old(const plan::PreStage& stage, std::chrono::system_clock::time_point now) {
  if (stage.before) return *stage.before;
  return std::chrono::floor<std::chrono::days>(now) - stage.older_than.value_or(std::chrono::days(0));
}

}  // namespace

Result<> choose_pre_stage(Organisation& organisation, jobs::MigrationOptions& options, std::chrono::system_clock::time_point now) {
  const std::optional<plan::PreStage>& stage = organisation.plan.pre_stage;
  if (!stage) {
    return fail(ErrorKind::usage, "the plan has no [pre_stage]; write one, with before = 2025-01-01 or older_than_days = 30");
  }
  sync::Rules& rules = options.round.rules;
  const auto end = end_of_old(*stage, now);
  rules.until = rules.until ? std::min(*rules.until, end) : end;
  if (rules.since && *rules.since >= *rules.until) {
    return fail(ErrorKind::usage, "no mail is old: since in [rules] is not before the date of [pre_stage]; change one of them");
  }
  const std::set<std::string> waves(stage->waves.begin(), stage->waves.end());
  if (!waves.empty()) std::erase_if(organisation.accounts, [&](const plan::Account& account) { return !waves.contains(account.wave); });
  GODWIT_TRY(const auto windows, windows_in_zone(stage->windows));
  options.waves.clear();
  options.held_waves.clear();
  for (const auto& [wave, count] : organisation.people) options.waves.push_back({.name = wave, .windows = windows});
  options.work = jobs::make_pre_stage(stage->size_at_least);
  options.is_pre_stage = true;
  return {};
}

}  // namespace godwit::cli
