// SPDX-License-Identifier: Apache-2.0
#include "cli/day_budgets.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/text.h"

namespace godwit::cli {
namespace {

using std::chrono::system_clock;

std::string date_text(system_clock::time_point time) {
  const std::time_t seconds = system_clock::to_time_t(time);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:%a %Y-%m-%d}", parts);
}

// Noon of a day is on that day whatever summer time does.
system_clock::time_point day_behind(system_clock::time_point begin, std::uint64_t days) {
  const std::time_t seconds = system_clock::to_time_t(begin);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  parts.tm_mday += static_cast<int>(std::min<std::uint64_t>(days, 100'000));
  parts.tm_hour = 12;
  parts.tm_isdst = -1;
  return system_clock::from_time_t(std::mktime(&parts));
}

}  // namespace

std::optional<DayBudget> day_budget_of(const plan::Plan& plan, const plan::Account& account) {
  std::optional<DayBudget> least;
  const auto* const source = plan::find_endpoint(plan.sources, account.source);
  const auto* const target = plan::find_endpoint(plan.targets, account.target);
  for (const plan::Endpoint* const endpoint : {source, target}) {
    if (endpoint == nullptr || !endpoint->limits.bytes_per_day_per_account) continue;
    const std::uint64_t bytes = *endpoint->limits.bytes_per_day_per_account;
    if (!least || bytes < least->bytes) least = DayBudget{endpoint->name, bytes};
  }
  return least;
}

std::uint64_t days_for(std::uint64_t bytes, const DayBudget& budget) {
  return std::max<std::uint64_t>(1, bytes / budget.bytes + (bytes % budget.bytes > 0 ? 1 : 0));
}

std::optional<inventory::Finding> day_budget_finding(const std::optional<DayBudget>& budget, std::uint64_t bytes,
                                                     system_clock::time_point begin) {
  if (!budget || days_for(bytes, *budget) < 2) return std::nullopt;
  const std::uint64_t days = days_for(bytes, *budget);
  inventory::Finding finding{inventory::Severity::note, "day_budget", {}, {}, 0, {}};
  finding.what = fmt::format("{} take {} days: {} lets an account move {} a day; begun today it ends on {}", format_bytes(bytes), days,
                             budget->server, format_bytes(budget->bytes), date_text(day_behind(begin, days - 1)));
  finding.advice = "Begin early ([pre_stage] moves old mail before the wave); godwit stops the account for the day by itself, goes on with "
                   "others, and comes back after midnight.";
  return finding;
}

std::vector<std::string> day_budget_notes(const plan::Plan& plan, const std::optional<jobs::TimeLeft>& left,
                                          system_clock::time_point begin) {
  std::vector<std::string> notes;
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      const auto& bytes = endpoint.limits.bytes_per_day_per_account;
      if (!bytes) continue;
      notes.push_back(fmt::format("{} ({}): an account moves {} a day at most, and goes on the next day", endpoint.name, endpoint.host,
                                  format_bytes(*bytes)));
    }
  }
  if (notes.empty()) return notes;
  if (left) {
    const auto seconds = std::chrono::seconds(static_cast<std::int64_t>(std::ceil(left->seconds)));
    const std::uint64_t days = 1 + static_cast<std::uint64_t>(left->seconds / 86'400);
    notes.push_back(fmt::format("by the estimate on record it takes {} days and ends on {}", days, date_text(begin + seconds)));
  } else {
    notes.push_back("how many days that takes says godwit estimate");
  }
  return notes;
}

}  // namespace godwit::cli
