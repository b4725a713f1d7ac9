// SPDX-License-Identifier: Apache-2.0
#include "cli/estimate_plan.h"

#include <algorithm>

#include "limits/local_time.h"

namespace godwit::cli {
namespace {

using estimate::Problem;

Result<estimate::Hours> hours_of(const plan::WeeklyWindows& windows, std::chrono::system_clock::time_point begin) {
  GODWIT_TRY(const auto weekly, windows_in_zone(windows));
  return estimate::Hours::of(weekly, begin);
}

Result<> add_hosts(Problem& problem, const std::vector<plan::Endpoint>& endpoints, std::chrono::system_clock::time_point begin) {
  for (const plan::Endpoint& endpoint : endpoints) {
    const plan::Limits& limits = endpoint.limits;
    estimate::Host host;
    host.name = endpoint.name;
    host.connections = limits.connections.value_or(0);
    host.bytes_per_second = static_cast<double>(limits.bytes_per_second.value_or(0));
    host.messages_per_second = limits.messages_per_second.value_or(0);
    host.bytes_per_day = static_cast<double>(limits.bytes_per_day.value_or(0));
    host.bytes_per_day_per_account = static_cast<double>(limits.bytes_per_day_per_account.value_or(0));
    GODWIT_TRY(host.hours, hours_of(limits.windows, begin));
    problem.hosts.push_back(std::move(host));
  }
  return {};
}

Result<> add_waves(Problem& problem, const plan::Plan& plan, std::chrono::system_clock::time_point begin) {
  for (const plan::Wave& wave : plan.waves) {
    const auto after = std::ranges::find(plan.waves, wave.after, &plan::Wave::name);
    const int place = wave.after.empty() || after == plan.waves.end() ? -1 : static_cast<int>(after - plan.waves.begin());
    GODWIT_TRY(auto hours, hours_of(wave.windows, begin));
    problem.waves.push_back({wave.name, std::move(hours), place});
  }
  // For accounts without a wave: they go last, as those whose wave the plan does not have.
  problem.waves.push_back({"", {}, -1});
  return {};
}

std::size_t place_of(const std::vector<plan::Endpoint>& endpoints, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(endpoints, name, &plan::Endpoint::name) - endpoints.begin());
}

// A wave that waits for one that is not in this estimate does not wait.
void let_go_of_empty(Problem& problem) {
  std::vector<bool> is_filled(problem.waves.size());
  for (const estimate::Load& load : problem.loads) is_filled[load.wave] = true;
  for (estimate::Wave& wave : problem.waves) {
    if (wave.after >= 0 && !is_filled[static_cast<std::size_t>(wave.after)]) wave.after = -1;
  }
}

}  // namespace

Result<Problem> problem_of(const Organisation& organisation, const PlanLoads& loads, std::chrono::system_clock::time_point begin) {
  const plan::Plan& plan = organisation.plan;
  Problem problem;
  GODWIT_CHECK(add_hosts(problem, plan.sources, begin));
  GODWIT_CHECK(add_hosts(problem, plan.targets, begin));
  GODWIT_CHECK(add_waves(problem, plan, begin));
  std::map<RouteName, std::size_t> routes;
  for (const auto& [name, calibration] : loads.calibrations) {
    routes[name] = problem.routes.size();
    const std::size_t target = plan.sources.size() + place_of(plan.targets, name.second);
    problem.routes.push_back({place_of(plan.sources, name.first), target, calibration.speed, calibration.slow_side});
  }
  for (const plan::Account& account : organisation.accounts) {
    const auto left = loads.left.find(name_of(plan, account));
    const auto route = routes.find({account.source, account.target});
    if (left == loads.left.end() || route == routes.end()) continue;
    const auto wave = std::ranges::find(plan.waves, account.wave, &plan::Wave::name) - plan.waves.begin();
    problem.loads.push_back({left->first, static_cast<std::size_t>(wave), account.priority, route->second,
                             static_cast<double>(left->second.folders), static_cast<double>(left->second.messages), left->second.bytes});
  }
  let_go_of_empty(problem);
  problem.accounts_at_once = loads.accounts_at_once;
  problem.lanes = plan.lanes;
  problem.first_midnight = std::chrono::duration<double>(limits::next_midnight(begin) - begin).count();
  return problem;
}

}  // namespace godwit::cli
