// SPDX-License-Identifier: Apache-2.0
#include "cli/problem_causes.h"

#include <algorithm>

#include "base/error_code.h"
#include "report/organisation_summary.h"

namespace godwit::cli {
namespace {

constexpr std::size_t most_examples = 100;  // of a cause
constexpr std::size_t page = 200;

report::ProblemExample example_of(const std::string& person, const ledger::Problem& problem) {
  return {person,       problem.folder_name, problem.source_uid, problem.subject,    problem.from,
          problem.date, problem.size,        problem.reason,     problem.server_text};
}

// What the list of error codes says.
std::string action_for(std::uint16_t code) {
  const auto table = error_code_table();
  const auto entry = std::ranges::find(table, code, [](const ErrorCodeEntry& each) { return each.code.number; });
  return entry == table.end() ? std::string() : std::string(entry->advice);
}

}  // namespace

Task<Result<>> ProblemCauses::add(const jobs::AccountSummary& summary, ledger::AccountIdentity identity, ledger::Ledger& ledger) {
  if (summary.error) add_error(summary);
  bool wants_examples = false;
  for (const ledger::ProblemGroup& group : summary.problems) {
    report::ProblemCause& cause = cause_of({group.kind, code_of_problem(group.kind), group.is_accepted, true});
    cause.count += group.count;
    ++cause.people;
    wants_examples = wants_examples || cause.examples.size() < most_examples;
  }
  if (!wants_examples) co_return Result<>{};
  GODWIT_CO_TRY(const auto account, co_await ledger.account(identity.source, identity.target));
  co_return co_await add_examples(summary, *account);
}

report::ProblemCause& ProblemCauses::cause_of(const Key& key) {
  report::ProblemCause& cause = causes_[key];
  std::tie(cause.kind, cause.code, cause.is_accepted, std::ignore) = key;
  return cause;
}

void ProblemCauses::add_error(const jobs::AccountSummary& summary) {
  const Error& error = *summary.error;
  report::ProblemCause& cause = cause_of({std::string(name_of(error.kind)), code_of(error), false, false});
  cause.ends_rounds = true;
  ++cause.people;
  if (cause.action.empty()) cause.action = action_for(code_of(error));
  if (cause.examples.size() == most_examples) return;
  report::ProblemExample& example = cause.examples.emplace_back();
  example.person = summary.name;
  example.reason = error.where.empty() ? error.what : error.where + ": " + error.what;
  example.server_text = error.server_text;
}

Task<Result<>> ProblemCauses::add_examples(const jobs::AccountSummary& summary, ledger::AccountLedger& account) {
  for (std::size_t offset = 0;; offset += page) {
    GODWIT_CO_TRY(const auto problems, co_await account.problems(offset, page));
    for (const ledger::Problem& problem : problems) {
      const auto group = std::ranges::find(summary.problems, problem.kind, &ledger::ProblemGroup::kind);
      if (group == summary.problems.end()) continue;  // it came since
      report::ProblemCause& cause = cause_of({problem.kind, code_of_problem(problem.kind), group->is_accepted, true});
      if (cause.examples.size() < most_examples) cause.examples.push_back(example_of(summary.name, problem));
    }
    const bool has_enough = std::ranges::all_of(summary.problems, [this](const ledger::ProblemGroup& group) {
      return cause_of({group.kind, code_of_problem(group.kind), group.is_accepted, true}).examples.size() == most_examples;
    });
    if (problems.size() < page || has_enough) co_return Result<>{};
  }
}

std::vector<report::ProblemCause> ProblemCauses::take() {
  std::vector<report::ProblemCause> all;
  for (auto& [key, cause] : causes_) all.push_back(std::move(cause));
  causes_.clear();
  return all;
}

}  // namespace godwit::cli
