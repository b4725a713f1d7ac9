// SPDX-License-Identifier: Apache-2.0
// Tables for spreadsheets: RFC 4180, UTF-8, and no cell that a spreadsheet takes for a formula (OWASP, "CSV Injection").
#include <algorithm>
#include <array>
#include <ostream>

#include "base/error_code.h"
#include "base/text.h"
#include "report/measures.h"
#include "report/organisation_summary.h"

namespace godwit::report {
namespace {

// Also the full-width forms, which some spreadsheets take for the plain ones.
bool begins_like_formula(std::string_view text) {
  constexpr std::array<std::string_view, 10> starts{"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
  return std::ranges::any_of(starts, [text](std::string_view start) { return text.starts_with(start); });
}

// Quoted always. A spreadsheet whose separator is the semicolon begins a cell after each, even within our quotes; so the apostrophe
// that makes text of a formula stands there, too.
std::string text_cell(std::string_view bytes) {
  std::string cell = begins_like_formula(bytes) ? "\"'" : "\"";
  const std::string text = printable(bytes);
  std::string_view rest = text;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    cell += c;
    if (c == '"') cell += c;
    if (c == ';' && begins_like_formula(rest)) cell += '\'';
  }
  return cell + '"';
}

class Row {
 public:
  explicit Row(std::ostream& out) : out_(out) {}
  ~Row() { out_ << "\r\n"; }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  Row& text(std::string_view bytes) { return add(text_cell(bytes)); }
  Row& number(std::uint64_t value) { return add(std::to_string(value)); }
  Row& empty() { return add(""); }

 private:
  Row& add(std::string_view cell) {
    if (!is_first_) out_ << ',';
    is_first_ = false;
    out_ << cell;
    return *this;
  }
  std::ostream& out_;
  bool is_first_ = true;
};

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : "; ") + text;
  return result;
}

void write_person(const Person& person, std::ostream& out) {
  Row row(out);
  row.text(person.name).text(person.source_user).text(person.target_user).text(person.wave);
  row.text(name_of(person.state)).text(name_of(standing_of(person)));
  row.text(person.verdict ? name_of(person.verdict->grade) : "");
  row.number(person.items).number(person.bytes).number(person.not_moved).number(person.problems);
  row.number(person.altered).number(person.repaired).number(person.rounds.size());
  const bool has_round = !person.rounds.empty();
  row.text(has_round ? time_stamp(person.rounds.front().began) : "");
  row.text(has_round && person.rounds.back().ended ? time_stamp(*person.rounds.back().ended) : "");
  row.text(person.verdict ? joined(person.verdict->reasons) : "");
}

std::string code_of(const ProblemCause& cause) { return cause.code == 0 ? std::string() : code_text(cause.code); }

void begin_problem(const ProblemCause& cause, Row& row) {
  row.text(cause.kind).number(cause.count).number(cause.people);
  row.text(cause.is_accepted ? "yes" : "no").text(advice_on(cause).action);
}

void write_example(const ProblemCause& cause, const ProblemExample& example, std::ostream& out) {
  Row row(out);
  begin_problem(cause, row);
  row.text(example.person).text(example.folder);
  if (example.uid == 0) {
    row.empty();
  } else {
    row.number(example.uid);
  }
  row.text(example.subject).text(example.from).text(example.date).number(example.size).text(example.reason).text(example.server_text);
  row.text(code_of(cause));
}

void write_cause(const ProblemCause& cause, std::ostream& out) {
  for (const ProblemExample& example : cause.examples) write_example(cause, example, out);
  if (!cause.examples.empty()) return;
  Row row(out);
  begin_problem(cause, row);
  for (int i = 0; i < 9; ++i) row.empty();
  row.text(code_of(cause));
}

}  // namespace

void write_people_csv(const OrganisationReport& report, std::ostream& out) {
  out << "person,source_user,target_user,wave,state,standing,grade,items,bytes,not_moved,problems,altered,repaired,rounds,first_began,"
         "last_ended,reasons\r\n";
  for (const Person& person : report.people) write_person(person, out);
}

void write_problems_csv(const OrganisationReport& report, std::ostream& out) {
  out << "cause,items_of_cause,people_of_cause,accepted,what_can_be_done,person,folder,uid,subject,from,date,bytes,reason,server_text,"
         "code\r\n";
  for (const ProblemCause& cause : report.problems) write_cause(cause, out);
}

}  // namespace godwit::report
