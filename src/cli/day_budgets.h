// SPDX-License-Identifier: Apache-2.0
// What the bytes that a plan allows for one account on one day mean: how many days an account takes, and when it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inventory/finding.h"
#include "jobs/job.h"
#include "plan/accounts.h"
#include "plan/plan.h"

namespace godwit::cli {

// The smaller one of an account's two servers; nothing: neither has one.
struct DayBudget {
  std::string server;  // as the plan calls it
  std::uint64_t bytes = 0;
  friend bool operator==(const DayBudget&, const DayBudget&) = default;
};
[[nodiscard]] std::optional<DayBudget> day_budget_of(const plan::Plan& plan, const plan::Account& account);

// Days that are begun, with today; nothing to move takes one.
[[nodiscard]] std::uint64_t days_for(std::uint64_t bytes, const DayBudget& budget);

// Where an account needs more than one day: how many, and the date of the last, by this machine's calendar.
[[nodiscard]] std::optional<inventory::Finding> day_budget_finding(const std::optional<DayBudget>& budget, std::uint64_t bytes,
                                                                   std::chrono::system_clock::time_point begin);

// For the start of a migration: each server with such budgets, and the end by the estimate on record.
[[nodiscard]] std::vector<std::string> day_budget_notes(const plan::Plan& plan, const std::optional<jobs::TimeLeft>& left,
                                                        std::chrono::system_clock::time_point begin);

}  // namespace godwit::cli
