// SPDX-License-Identifier: Apache-2.0
// The report of a whole plan: what a caller fills, and what is written of it. docs/reports.md has the forms.
//
// Texts may be any bytes. Whatever is written shows control characters, bytes that are no UTF-8 and marks that turn the direction
// of text, instead of passing them on. Times are shown in the zone they come with. Passwords and tokens have no place here.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/internal_date.h"
#include "base/uid_set.h"
#include "report/grade.h"

namespace godwit::report {

struct NamedValue {
  std::string name, value;
};

struct ServerDescription {
  std::string role;      // "source", "target", or what the plan calls it
  std::string address;   // "imaps://old.example.com:993"
  std::string software;  // name and version as the server tells them; may be empty
};

enum class PersonState : std::uint8_t {
  waiting,   // no round was begun
  running,   // a round goes on
  stopped,   // the last round was stopped by the operator or by the end of the wave's window
  moved,     // the last round came to its end
  verified,  // moved, and a verification came to its end since
  failed,    // the last round broke off with an error
};
[[nodiscard]] std::string_view name_of(PersonState state);

struct PersonRound {
  InternalDate began;
  std::optional<InternalDate> ended;  // nothing: not ended
  std::uint64_t copied = 0;           // items
  std::uint64_t bytes = 0;
};

struct Person {
  std::string name;
  std::string source_user, target_user;
  std::string wave;  // name of one of the report's waves; others are shown as they are
  PersonState state = PersonState::waiting;
  std::optional<Verdict> verdict;          // nothing: not graded yet
  std::uint64_t items = 0, bytes = 0;      // on the target
  std::uint64_t not_moved = 0;             // items
  std::uint64_t problems = 0;              // on record, among them those of items not moved, altered or repaired
  std::uint64_t altered = 0, repaired = 0; // items
  std::vector<PersonRound> rounds;         // the first one first
};

struct ProblemExample {
  std::string person, folder;
  Uid uid = 0;  // on the source; 0: not known
  std::string subject, from, date;  // as in the message
  std::uint64_t size = 0;           // bytes
  std::string reason, server_text;  // ours, and the server's own words
};

// Problems of one kind, of all people together.
struct ProblemCause {
  std::string kind;           // as in ledger::Problem
  std::uint64_t count = 0;    // items
  std::uint64_t people = 0;   // whom it concerns
  std::string action;         // what can be done; empty: what advice_on(kind) says
  bool is_accepted = false;   // somebody has said that they may stay as they are
  std::vector<ProblemExample> examples;  // as many as the caller wants in CSV and JSON; text and page show the first five
  std::uint16_t code = 0;     // of docs/errors.md; 0: none
  bool ends_rounds = false;   // an error that ended people's rounds; it is about no item
};
inline constexpr std::size_t examples_shown = 5;

struct SignOff {
  std::string by;
  InternalDate at;
  std::string note;
};

struct Wave {
  std::string name;
  std::optional<InternalDate> begins, ends;  // its window
  std::optional<SignOff> sign_off;
};

enum class Bottleneck : std::uint8_t { unknown, source, target, line, godwit, limits };
[[nodiscard]] std::string_view name_of(Bottleneck bottleneck);

struct TimelinePoint {
  InternalDate time;
  std::uint64_t items = 0, bytes = 0;                 // done by then, of all people
  double items_per_second = 0, bytes_per_second = 0;  // at that time
  Bottleneck limited_by = Bottleneck::unknown;
};

struct Forecast {
  // Before anything was moved.
  std::uint64_t items = 0, bytes = 0;
  std::chrono::seconds expected{}, low{}, high{};  // time at work; the actual one is likely between low and high
  // Since.
  std::uint64_t actual_items = 0, actual_bytes = 0;
  std::chrono::seconds actual{};
  bool is_over = false;  // else the actual numbers are those so far
};

// One time that a command was at work on the plan.
struct Run {
  std::string command;  // "migrate"
  InternalDate began;
  std::optional<InternalDate> ended;  // nothing: see is_at_work
  bool is_at_work = false;            // else, without an end, it was killed or the machine went down
  std::uint64_t items = 0, bytes = 0; // done by it
  std::string program;                // "godwit 0.1.0"; may be empty
};

struct OrganisationReport {
  std::string plan;
  InternalDate made;
  std::string program;  // "godwit 0.1.0"
  std::vector<ServerDescription> servers;
  std::vector<NamedValue> settings;
  std::vector<Person> people;
  std::vector<ProblemCause> problems;
  std::vector<Wave> waves;
  std::vector<TimelinePoint> timeline;  // in any order
  std::optional<Forecast> forecast;
  std::vector<Run> runs;  // in the order in which they began
};

// Each goes through the report once and holds no more than a few people's lines. Whether all was written is the stream's to say.
void write_text(const OrganisationReport& report, std::ostream& out);          // 100 columns, for a terminal or a mail
void write_people_csv(const OrganisationReport& report, std::ostream& out);    // RFC 4180, UTF-8, a line a person
void write_problems_csv(const OrganisationReport& report, std::ostream& out);  // the same, a line an example
void write_json(const OrganisationReport& report, std::ostream& out);          // one object, ASCII only
void write_html(const OrganisationReport& report, std::ostream& out);          // one page that needs nothing besides itself

}  // namespace godwit::report
