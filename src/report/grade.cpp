// SPDX-License-Identifier: Apache-2.0
#include "report/grade.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "ledger/ledger.h"

namespace godwit::report {
namespace {

constexpr std::array grades{Grade::perfect, Grade::good, Grade::review, Grade::failed};

std::string items(std::uint64_t count) { return fmt::format("{} item{}", grouped(count), count == 1 ? "" : "s"); }

class Findings {
 public:
  void add(Grade grade, std::string reason) { found_.emplace_back(grade, std::move(reason)); }
  void add_count(Grade grade, std::uint64_t count, std::string_view what) {
    if (count > 0) add(grade, fmt::format("{} {}", items(count), what));
  }
  [[nodiscard]] Verdict verdict() && {
    Verdict verdict;
    for (const Grade grade : {Grade::failed, Grade::review, Grade::good}) {
      for (auto& [worst, reason] : found_) {
        if (worst != grade) continue;
        verdict.grade = std::max(verdict.grade, grade);
        verdict.reasons.push_back(std::move(reason));
      }
    }
    return verdict;
  }

 private:
  std::vector<std::pair<Grade, std::string>> found_;
};

void judge_group(const ledger::ProblemGroup& group, Findings& findings) {
  const std::string kind = printable(group.kind);
  if (group.kind == "altered" || group.count == 0) return;  // altered items are counted by their level
  if (group.kind == "rights") {
    const std::string folders = group.count == 1 ? "1 folder" : grouped(group.count) + " folders";
    findings.add(Grade::good, "rights, annotations or limits of " + folders + " not copied");
  } else if (group.kind == "uidl") {
    findings.add(Grade::good, fmt::format("the UIDL of {} is not on record: POP3 programs load {} again", items(group.count),
                                          group.count == 1 ? "it" : "them"));
  } else if (!ledger::means_not_moved(group.kind)) {
    findings.add(Grade::good, fmt::format("{} on the target, but not all could be kept ({})", items(group.count), kind));
  } else if (group.is_accepted) {
    findings.add(Grade::good, fmt::format("{} not moved ({}), which was accepted", items(group.count), kind));
  } else {
    findings.add(Grade::review,
                 fmt::format("{} not moved ({}): somebody must accept that, or try again", items(group.count), kind));
  }
}

}  // namespace

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::perfect: return "perfect";
    case Grade::good: return "good";
    case Grade::review: return "review";
    case Grade::failed: return "failed";
  }
  return "failed";
}

std::optional<Grade> grade_named(std::string_view name) {
  const auto* const grade = std::ranges::find(grades, name, [](Grade each) { return name_of(each); });
  return grade == grades.end() ? std::nullopt : std::optional(*grade);
}

Verdict grade_of(const GradeFacts& facts) {
  Findings findings;
  if (facts.last_round == LastRound::none) findings.add(Grade::failed, "no round has been made");
  if (facts.last_round == LastRound::cut_short) findings.add(Grade::failed, "the last round did not come to its end");
  findings.add_count(Grade::failed, facts.not_attempted, "not tried yet");
  if (facts.open_batches > 0) findings.add(Grade::failed, fmt::format("{} sent, the outcome in doubt", facts.open_batches == 1
                                               ? "1 batch" : fmt::format("{} batches", facts.open_batches)));
  findings.add_count(Grade::failed, facts.accepted, "accepted, but not seen in the target's list");
  for (const ledger::ProblemGroup& group : facts.problems) judge_group(group, findings);
  findings.add_count(Grade::good, facts.altered, "on the target, but altered by the server");
  findings.add_count(Grade::good, facts.listed, "listed, but not read back");
  return std::move(findings).verdict();
}

}  // namespace godwit::report
