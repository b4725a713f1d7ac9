// SPDX-License-Identifier: Apache-2.0
#include "jobs/finish_verdict.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/measures.h"
#include "report/organisation_summary.h"

namespace godwit::jobs {
namespace {

using report::counted;
using report::Grade;

void judge_verification(const FinishFacts& facts, std::vector<Obstacle>& obstacles) {
  sync::VerifyCounts counts = facts.verified;
  if (facts.tolerated.flags) counts.flags = 0;
  if (facts.tolerated.dates) counts.dates = 0;
  if (counts.differences() == 0) return;
  std::string advice = "they are told above, each with its meaning: look at them on the target, then run godwit finish again";
  if (counts.missing > 0) advice += "; what is missing counts as removed by its user from now on";
  if (counts.flags > 0) advice += "; where people set these flags on the target add --tolerate flags";
  if (counts.dates > 0) advice += "; where the target does not keep dates add --tolerate dates";
  obstacles.push_back({fmt::format("the verification found {}: {}", counted(counts.differences(), "difference"), describe_differences(counts)),
                       std::move(advice)});
}

// The name as a shell takes it.
std::string quoted(std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+-:/";
  if (!name.empty() && name.find_first_not_of(plain) == std::string_view::npos) return std::string(name);
  std::string text = "'";
  for (const char c : name) text += c == '\'' ? "'\\''" : std::string(1, c);
  return printable(text + "'");
}

void judge_round(const FinishFacts& facts, std::vector<Obstacle>& obstacles) {
  const sync::RoundResult& round = facts.last_round;
  if (!sync::brought_nothing(round)) {
    obstacles.push_back({fmt::format("the last of {} still brought something: {}", counted(static_cast<std::uint64_t>(facts.rounds), "round"),
                                     sync::describe_changes(round)),
                         "somebody is at work on the old server, or new mail comes in there: when that has ended run godwit finish again"});
  }
  if (round.removals_held > 0) {
    std::string what = fmt::format("{} held back", counted(round.removals_held, "removal"));
    for (const std::string& note : round.notes) what += "; " + note;
    obstacles.push_back({std::move(what),
                         "look at the source: when it is right that so much is gone there, run godwit finish --allow-mass-removal for this "
                         "account; else mend what the note says"});
  }
  if (round.unopened > 0) {
    obstacles.push_back({fmt::format("{} on the source cannot be opened", counted(round.unopened, "folder")),
                         "give the login the right to read them, or exclude them in the plan; then run godwit finish again"});
  }
}

void judge_groups(const report::GradeFacts& facts, const std::string& account, std::vector<Obstacle>& obstacles) {
  for (const ledger::ProblemGroup& group : facts.problems) {
    if (group.count == 0 || group.is_accepted || !ledger::means_not_moved(group.kind)) continue;
    obstacles.push_back({fmt::format("{} not moved ({})", counted(group.count, "item"), printable(group.kind)),
                         fmt::format("{} Commands: godwit retry --account {}, or godwit accept --account {} --kind {}; then godwit finish again",
                                     report::advice_on(group.kind).action, account, account, printable(group.kind))});
  }
}

// What is worse than items that were not moved.
std::string failures_of(report::GradeFacts facts) {
  facts.problems.clear();
  facts.listed = facts.altered = 0;
  std::string text;
  for (const std::string& reason : report::grade_of(facts).reasons) text += (text.empty() ? "" : "; ") + reason;
  return text;
}

}  // namespace

std::string describe_differences(const sync::VerifyCounts& counts) {
  std::string text;
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), what);
  };
  add(counts.missing, "missing");
  add(counts.altered, "altered");
  add(counts.unread, "listed but not given");
  add(counts.flags, "with other flags");
  add(counts.dates, "with another arrival date");
  return text;
}

FinishVerdict judge_finish(const FinishFacts& facts, std::string_view account) {
  FinishVerdict verdict;
  verdict.grade = report::grade_of(facts.grade).grade;
  const std::string name = quoted(account);
  judge_round(facts, verdict.obstacles);
  judge_verification(facts, verdict.obstacles);
  judge_groups(facts.grade, name, verdict.obstacles);
  if (const std::string failures = failures_of(facts.grade); !failures.empty()) {
    verdict.obstacles.push_back({failures, fmt::format("run godwit finish --account {} again", name)});
  }
  return verdict;
}

}  // namespace godwit::jobs
