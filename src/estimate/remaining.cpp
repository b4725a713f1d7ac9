// SPDX-License-Identifier: Apache-2.0
#include "estimate/remaining.h"

#include <algorithm>
#include <map>

namespace godwit::estimate {
namespace {

using jobs::JobStatus;
using jobs::State;

constexpr std::size_t plays = 30;            // it is asked every few seconds
constexpr double least_slower = 0.2, most_slower = 5;
constexpr int at_work_already = 1'000'000;   // a priority: they need no turn any more

std::map<std::string_view, const Load*> by_account(const Problem& problem) {
  std::map<std::string_view, const Load*> loads;
  for (const Load& load : problem.loads) loads[load.account] = &load;
  return loads;
}

// What of the account is done, 0 to 1; `messages` is what it has in the estimate.
double done_of(const JobStatus& job, double messages) {
  if (jobs::is_over(job.state)) return 1;
  const double all = job.progress.messages > 0 ? static_cast<double>(job.progress.messages) : messages;
  return all <= 0 ? 0 : std::clamp(static_cast<double>(job.progress.messages_done) / all, 0.0, 1.0);
}

// What is left of an account; nothing where nobody knows. An account that the estimate does not have is taken to be like the others.
std::optional<Load> left_of(const JobStatus& job, const Load* known, double bytes_of_message) {
  Load load;
  if (known != nullptr) {
    load = *known;
  } else if (job.progress.messages == 0) {
    return std::nullopt;
  } else {
    load.folders = static_cast<double>(job.progress.folders);
    load.messages = static_cast<double>(job.progress.messages);
    load.bytes = load.messages * bytes_of_message;
  }
  load.account = job.name;
  const double left = 1 - done_of(job, load.messages);
  // A round that found more or less than the estimate knows better.
  const double messages = job.progress.messages > 0 ? static_cast<double>(job.progress.messages) : load.messages;
  if (load.messages > 0) load.bytes *= messages / load.messages;
  load.messages = messages * left;
  load.bytes *= left;
  load.folders *= left;
  if (job.state == State::running) load.priority += at_work_already;
  return load;
}

double seconds_between(WallTime from, WallTime to) { return std::max(0.0, std::chrono::duration<double>(to - from).count()); }

WallTime begin_of(const Estimate& estimate) { return WallTime(std::chrono::seconds(estimate.begin.seconds)); }

}  // namespace

double slower_than(const Estimate& before, const jobs::Snapshot& snapshot, WallTime now) {
  const auto loads = by_account(before.problem);
  double foretold = 0, taken = 0;
  const auto pairs = static_cast<double>(std::max<std::size_t>(1, std::min(before.problem.accounts_at_once, snapshot.jobs.size())));
  for (const JobStatus& job : snapshot.jobs) {
    const auto found = loads.find(job.name);
    const bool counts = job.state == State::running || job.state == State::moved || job.state == State::incomplete;
    if (!counts || !job.began || found == loads.end()) continue;
    const Load& load = *found->second;
    const Costs costs = before.problem.routes[load.route].speed.at(pairs);
    const double done = done_of(job, load.messages);
    if (done <= 0) continue;
    foretold += costs.account + done * (load.folders * costs.folder + load.messages * costs.message + load.bytes * costs.byte);
    taken += seconds_between(*job.began, job.ended.value_or(now));
  }
  // As much as a twentieth of the whole is believed to have gone as foretold.
  const double believed = before.total.seconds * pairs / 20;
  if (foretold + believed <= 0) return 1;
  return std::clamp((taken + believed) / (foretold + believed), least_slower, most_slower);
}

std::optional<jobs::TimeLeft> time_left(const Estimate& before, const jobs::Snapshot& snapshot, WallTime now) {
  const auto loads = by_account(before.problem);
  const double bytes_of_message = before.messages > 0 ? static_cast<double>(before.bytes) / static_cast<double>(before.messages) : 0;
  Problem problem = before.problem;
  if (problem.routes.empty()) return std::nullopt;
  problem.loads.clear();
  for (const JobStatus& job : snapshot.jobs) {
    if (jobs::is_over(job.state)) continue;
    const auto found = loads.find(job.name);
    auto left = left_of(job, found == loads.end() ? nullptr : found->second, bytes_of_message);
    if (!left) return std::nullopt;
    problem.loads.push_back(*std::move(left));
  }
  std::vector<bool> is_filled(problem.waves.size());
  for (const Load& load : problem.loads) is_filled[load.wave] = true;
  for (Wave& wave : problem.waves) {
    if (wave.after >= 0 && !is_filled[static_cast<std::size_t>(wave.after)]) wave.after = -1;
  }
  problem.begin = seconds_between(begin_of(before), now);
  const auto span = span_of(problem, slower_than(before, snapshot, now), plays);
  if (!span) return std::nullopt;
  return jobs::TimeLeft{span->seconds, span->low, span->high};
}

}  // namespace godwit::estimate
