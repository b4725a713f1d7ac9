// SPDX-License-Identifier: Apache-2.0
#include "report/organisation_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "base/error_code.h"
#include "base/text.h"
#include "report/measures.h"

namespace godwit::report {
namespace {

// What people of a standing do, after their number.
std::string clause(Standing standing, std::uint64_t count) {
  const bool is_one = count == 1;
  switch (standing) {
    case Standing::done: return is_one ? "is moved" : "are moved";
    case Standing::waiting: return is_one ? "waits" : "wait";
    case Standing::running: return is_one ? "is being moved" : "are being moved";
    case Standing::stopped: return is_one ? "was stopped part way" : "were stopped part way";
    case Standing::decision: return is_one ? "needs a decision" : "need a decision";
    case Standing::failed: return "failed";
  }
  return {};
}

void add_person(OrganisationSummary& summary, const Person& person) {
  summary.people.add(standing_of(person));
  if (person.verdict) {
    ++summary.grades.at(static_cast<std::size_t>(person.verdict->grade));
  } else {
    ++summary.ungraded;
  }
  summary.items += person.items;
  summary.bytes += person.bytes;
  summary.not_moved += person.not_moved;
  summary.altered += person.altered;
  summary.repaired += person.repaired;
}

std::vector<WaveSummary> waves_of(const OrganisationReport& report) {
  std::vector<WaveSummary> waves;
  std::map<std::string_view, std::size_t> places;
  for (const Wave& wave : report.waves) {
    places.try_emplace(wave.name, waves.size());
    waves.push_back({&wave, wave.name, {}});
  }
  std::map<std::string_view, StandingCounts> others;
  for (const Person& person : report.people) {
    const auto place = places.find(person.wave);
    (place == places.end() ? others[person.wave] : waves[place->second].people).add(standing_of(person));
  }
  for (const auto& [name, people] : others) waves.push_back({nullptr, std::string(name), people});
  return waves;
}

// Greater is more urgent.
int urgency(const ProblemCause& cause) {
  return cause.ends_rounds ? 3 : needs_decision(cause) ? 2 : ledger::means_not_moved(cause.kind) ? 1 : 0;
}

}  // namespace

std::string_view name_of(PersonState state) {
  switch (state) {
    case PersonState::waiting: return "waiting";
    case PersonState::running: return "running";
    case PersonState::stopped: return "stopped";
    case PersonState::moved: return "moved";
    case PersonState::verified: return "verified";
    case PersonState::failed: return "failed";
  }
  return "failed";
}

std::string_view name_of(Bottleneck bottleneck) {
  switch (bottleneck) {
    case Bottleneck::unknown: return "unknown";
    case Bottleneck::source: return "source";
    case Bottleneck::target: return "target";
    case Bottleneck::line: return "line";
    case Bottleneck::godwit: return "godwit";
    case Bottleneck::limits: return "limits";
  }
  return "unknown";
}

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::done: return "done";
    case Standing::waiting: return "waiting";
    case Standing::running: return "running";
    case Standing::stopped: return "stopped";
    case Standing::decision: return "decision";
    case Standing::failed: return "failed";
  }
  return "failed";
}

Standing standing_of(const Person& person) {
  switch (person.state) {
    case PersonState::waiting: return Standing::waiting;
    case PersonState::running: return Standing::running;
    case PersonState::stopped: return Standing::stopped;
    case PersonState::failed: return Standing::failed;
    case PersonState::moved:
    case PersonState::verified: break;
  }
  if (!person.verdict || person.verdict->grade == Grade::review) return Standing::decision;
  return person.verdict->grade == Grade::failed ? Standing::failed : Standing::done;
}

bool comes_first(const Person* left, const Person* right) {
  return std::pair(standing_of(*right), left) < std::pair(standing_of(*left), right);
}

std::uint64_t StandingCounts::total() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

bool needs_decision(const ProblemCause& cause) {
  return cause.count > 0 && !cause.is_accepted && ledger::means_not_moved(cause.kind);
}

std::string extent_of(const ProblemCause& cause) {
  const std::string people = counted(cause.people, "person", "people");
  return cause.ends_rounds ? people : fmt::format("{} of {}", counted(cause.count, "item"), people);
}

std::string kind_and_code(const ProblemCause& cause) {
  return cause.code == 0 ? cause.kind : cause.kind + ", " + code_text(cause.code);
}

std::string outcome_of(const Run& run) {
  if (run.ended) return duration_text(std::chrono::seconds(run.ended->seconds - run.began.seconds));
  return run.is_at_work ? "at work" : "broken off";
}

OrganisationSummary summary_of(const OrganisationReport& report) {
  OrganisationSummary summary;
  for (const Person& person : report.people) add_person(summary, person);
  summary.waves = waves_of(report);
  for (const ProblemCause& cause : report.problems) {
    summary.problems.push_back(&cause);
    if (needs_decision(cause)) summary.undecided_problems += cause.count;
  }
  std::ranges::sort(summary.problems, [](const ProblemCause* left, const ProblemCause* right) {
    return std::tuple(urgency(*right), right->count, left) < std::tuple(urgency(*left), left->count, right);
  });
  return summary;
}

std::string headline(const StandingCounts& people) {
  const std::uint64_t total = people.total(), done = people.of(Standing::done);
  if (total == 0) return "The plan has no people yet";
  if (total == 1 && done == 1) return "The one person is moved";
  if (done == total) return fmt::format("All {} people are moved", grouped(total));
  std::string text = fmt::format("{} of {} {}", grouped(done), counted(total, "person", "people"), clause(Standing::done, done));
  for (const Standing standing : {Standing::failed, Standing::decision, Standing::stopped, Standing::running, Standing::waiting}) {
    const std::uint64_t count = people.of(standing);
    if (count > 0) text += fmt::format("; {} {}", grouped(count), clause(standing, count));
  }
  return text;
}

std::string second_line(const OrganisationSummary& summary) {
  std::string text = fmt::format("{} ({}) {} on the target", counted(summary.items, "item"), format_bytes(summary.bytes),
                                 summary.items == 1 ? "is" : "are");
  if (summary.altered > 0) text += fmt::format(", {} altered by the server", grouped(summary.altered));
  if (summary.repaired > 0) text += fmt::format(", {} in a repaired form", grouped(summary.repaired));
  text += fmt::format("; {} not moved", grouped(summary.not_moved));
  if (summary.undecided_problems > 0) text += fmt::format("; nobody has decided on {} yet", grouped(summary.undecided_problems));
  return text + '.';
}

}  // namespace godwit::report
