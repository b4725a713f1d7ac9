// SPDX-License-Identifier: Apache-2.0
// What follows from a report: who is done, who needs whom, and the sentence that says it. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "report/organisation.h"

namespace godwit::report {

// Where a person stands for whoever answers for the migration. From best to worst.
enum class Standing : std::uint8_t {
  done,      // moved, and the grade is perfect or good
  waiting,
  running,
  stopped,
  decision,  // moved, but somebody must decide: the grade is review, or there is none
  failed,    // the round broke off, or the grade is failed
};
inline constexpr std::array standings{Standing::done,    Standing::waiting,  Standing::running,
                                      Standing::stopped, Standing::decision, Standing::failed};
[[nodiscard]] std::string_view name_of(Standing standing);  // "done", "waiting", … "decision", "failed"
[[nodiscard]] Standing standing_of(const Person& person);
[[nodiscard]] constexpr bool needs_attention(Standing standing) { return standing >= Standing::stopped; }

// Of two people of one report: the one who needs more attention, else the one who stands first there.
[[nodiscard]] bool comes_first(const Person* left, const Person* right);

// Numbers of people by standing.
struct StandingCounts {
  std::array<std::uint64_t, standings.size()> counts{};
  void add(Standing standing) { ++counts.at(static_cast<std::size_t>(standing)); }
  [[nodiscard]] std::uint64_t of(Standing standing) const { return counts.at(static_cast<std::size_t>(standing)); }
  [[nodiscard]] std::uint64_t total() const;
};

struct WaveSummary {
  const Wave* wave = nullptr;  // of the report; nullptr: people name a wave that the report does not have
  std::string name;            // empty: people of no wave
  StandingCounts people;
};

struct OrganisationSummary {
  StandingCounts people;
  std::array<std::uint64_t, 4> grades{};  // people by grade, perfect first
  std::uint64_t ungraded = 0;
  std::uint64_t items = 0, bytes = 0, not_moved = 0, altered = 0, repaired = 0;
  std::uint64_t undecided_problems = 0;  // items not moved, of causes that nobody has accepted
  std::vector<WaveSummary> waves;        // the report's in its order, then others by name
  std::vector<const ProblemCause*> problems;  // what needs a decision first, then not moved, then by number
};
// Points into the report.
[[nodiscard]] OrganisationSummary summary_of(const OrganisationReport& report);

// "1,998 of 2,000 people are moved; 2 need a decision"
[[nodiscard]] std::string headline(const StandingCounts& people);
// "123,456 items (12.3 GiB) are on the target; 12 are not moved; …"
[[nodiscard]] std::string second_line(const OrganisationSummary& summary);

[[nodiscard]] bool needs_decision(const ProblemCause& cause);

// "12 items of 3 people", "3 people".
[[nodiscard]] std::string extent_of(const ProblemCause& cause);
// "too_big, GW-6001"
[[nodiscard]] std::string kind_and_code(const ProblemCause& cause);

// "25:10 min", "at work", "broken off": how long it took, or why nobody knows.
[[nodiscard]] std::string outcome_of(const Run& run);

// What a kind of problems is called for people, and what can be done about it.
struct Advice {
  std::string title, action;
};
[[nodiscard]] Advice advice_on(std::string_view kind);
[[nodiscard]] Advice advice_on(const ProblemCause& cause);  // with the cause's own action where it has one

}  // namespace godwit::report
