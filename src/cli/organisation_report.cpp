// SPDX-License-Identifier: Apache-2.0
#include "cli/organisation_report.h"

#include "cli/plan_settings.h"
#include "cli/problem_causes.h"
#include "cli/recorded_estimate.h"
#include "cli/recorded_accounts.h"
#include "cli/run_history.h"
#include "cli/waves.h"
#include "report/rfc3339.h"

namespace godwit::cli {
namespace {

using jobs::AccountSummary;
using jobs::State;
using report::PersonState;

PersonState state_of(const AccountSummary& summary, const std::optional<AtWork>& at_work) {
  switch (summary.state) {
    case State::running: return at_work && at_work->running.contains(summary.name) ? PersonState::running : PersonState::stopped;
    case State::waiting:
      if (summary.history.empty()) return PersonState::waiting;
      return !summary.error ? PersonState::stopped : at_work ? PersonState::waiting : PersonState::failed;
    case State::moved:
    case State::incomplete: return PersonState::moved;
    case State::failed: return PersonState::failed;
    case State::canceled:
    case State::pre_staged: return PersonState::stopped;
  }
  return PersonState::failed;
}

std::uint64_t count_of(const std::vector<ledger::ProblemGroup>& problems, std::string_view kind) {
  std::uint64_t count = 0;
  for (const ledger::ProblemGroup& group : problems) count += group.kind == kind ? group.count : 0;
  return count;
}

report::Person person_of(const AccountSummary& summary, const plan::Account& account, const std::optional<AtWork>& at_work) {
  report::Person person;
  person.name = summary.name;
  person.source_user = account.source_user;
  person.target_user = account.target_user;
  person.wave = summary.wave;
  person.state = state_of(summary, at_work);
  if (!summary.history.empty()) person.verdict = summary.verdict;
  if (summary.error) {
    if (!person.verdict) person.verdict = report::Verdict{report::Grade::failed, {}};
    person.verdict->reasons.insert(person.verdict->reasons.begin(), describe(*summary.error));
  }
  person.items = jobs::on_target(summary.counters);
  person.bytes = summary.bytes;
  person.not_moved = summary.counters.not_moved;
  person.problems = summary.counters.problems;
  person.altered = summary.counters.at(ledger::Level::altered);
  person.repaired = count_of(summary.problems, "repaired");
  for (const jobs::Attempt& attempt : summary.history) {
    report::PersonRound round{local_date(attempt.began), {}, attempt.copied, attempt.bytes};
    if (attempt.ended) round.ended = local_date(*attempt.ended);
    person.rounds.push_back(round);
  }
  return person;
}

// Whose sign-off it was is not on record.
Task<Result<std::vector<report::Wave>>> waves_of(const plan::Plan& plan, ledger::Ledger& ledger) {
  std::vector<report::Wave> waves;
  for (const plan::Wave& wave : plan.waves) {
    GODWIT_CO_TRY(const auto signed_off, co_await sign_off_on_record(ledger, wave.name));
    report::Wave& each = waves.emplace_back();
    each.name = wave.name;
    const auto at = signed_off ? report::parse_rfc3339(*signed_off) : std::nullopt;
    if (at) each.sign_off = report::SignOff{{}, local_date(*at), {}};
  }
  co_return waves;
}

bool is_over(const std::vector<report::Person>& people) {
  for (const report::Person& person : people) {
    const PersonState state = person.state;
    if (state != PersonState::moved && state != PersonState::verified && state != PersonState::failed) return false;
  }
  return true;
}

}  // namespace

Task<Result<report::OrganisationReport>> gather_report(const Organisation& organisation, const std::vector<jobs::Job>& jobs,
                                                       ledger::Ledger& ledger, std::optional<AtWork> at_work) {
  report::OrganisationReport report;
  report.plan = organisation.plan.name;
  report.made = local_date(InternalDate::now());
  report.program = "godwit " GODWIT_VERSION;
  const AskedStores asked = at_work ? AskedStores::chosen : AskedStores::all;
  std::set<std::string> running;
  if (at_work) running = at_work->running;
  GODWIT_CO_TRY(const auto summaries, co_await recorded_accounts(ledger, jobs, asked, std::move(running)));
  ProblemCauses causes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    report.people.push_back(person_of(summaries[i], organisation.accounts[i], at_work));
    GODWIT_CO_CHECK(co_await causes.add(summaries[i], jobs[i].identity, ledger));
  }
  report.problems = causes.take();
  GODWIT_CO_TRY(report.waves, co_await waves_of(organisation.plan, ledger));
  GODWIT_CO_TRY(auto runs, co_await ledger.runs());
  GODWIT_CO_TRY(const auto estimate, co_await estimate_on_record(ledger));
  RunHistory history(std::move(runs), at_work ? std::optional(at_work->run) : std::nullopt);
  report.runs = history.runs();
  report.timeline = history.timeline();
  report.forecast = history.forecast(estimate, is_over(report.people));
  report.settings = history.settings();
  if (report.settings.empty()) report.settings = settings_of(organisation.plan);
  report.servers = servers_of(organisation.plan, [&](const plan::Endpoint& endpoint) { return history.software_at(endpoint.address()); });
  co_return report;
}

}  // namespace godwit::cli
