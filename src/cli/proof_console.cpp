// SPDX-License-Identifier: Apache-2.0
#include "cli/proof_console.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/migration_json.h"
#include "cli/terminal.h"
#include "report/measures.h"

namespace godwit::cli {
namespace {

using jobs::AccountProof;
using jobs::JobStatus;
using jobs::Snapshot;
using jobs::State;
using nlohmann::json;
using report::counted;

bool has_result(const JobStatus& job) { return job.state == State::moved || job.state == State::incomplete; }
bool is_sweep(const Snapshot& snapshot) { return snapshot.command == "finish"; }

void put(const AccountProof& proof, json& line) {
  if (proof.verified) {
    const sync::VerifyCounts& counts = proof.verified->counts;
    line.update({{"items", counts.items},     {"listed", counts.listed},   {"proven", counts.proven}, {"missing", counts.missing},
                 {"altered", counts.altered}, {"flags", counts.flags},     {"dates", counts.dates},   {"unread", counts.unread},
                 {"others", counts.others},   {"differences", counts.differences()},
                 {"withdrawn", proof.verified->withdrawn}, {"left_out", proof.verified->left_out},
                 {"not_moved", proof.verified->not_moved}});
  }
  if (!proof.swept) return;
  json obstacles = json::array();
  for (const auto& [what, advice] : proof.swept->verdict.obstacles) obstacles.push_back({{"what", what}, {"advice", advice}});
  line.update({{"finished", proof.swept->verdict.is_finished()},
               {"rounds", proof.swept->rounds},
               {"brought", proof.swept->brought},
               {"manifest", proof.swept->manifest.native()},
               {"obstacles", std::move(obstacles)}});
}

std::string text_of(const AccountProof& proof) {
  const jobs::VerifiedAccount& verified = *proof.verified;
  std::string text;
  if (proof.swept) {
    text = fmt::format("{} ({}); {}", proof.swept->verdict.is_finished() ? "finished" : "NOT finished",
                       report::name_of(proof.swept->verdict.grade), counted(static_cast<std::uint64_t>(proof.swept->rounds), "round"));
    text += proof.swept->brought > 0 ? fmt::format(" brought {}; ", counted(proof.swept->brought, "change")) : std::string("; ");
  }
  const std::string differences = jobs::describe_differences(verified.counts);
  text += fmt::format("{} of {} listed", grouped(verified.counts.listed), counted(verified.counts.items, "item"));
  if (verified.counts.proven > 0) text += fmt::format(", {} read back and equal", grouped(verified.counts.proven));
  text += differences.empty() ? ", no difference" : ", DIFFERENCES: " + differences;
  if (verified.withdrawn > 0) text += fmt::format("; {} removed on the target before", grouped(verified.withdrawn));
  if (verified.not_moved > 0) text += fmt::format("; {} not moved", grouped(verified.not_moved));
  return text;
}

// Why an account is not over, or was ended without a result; what to do.
jobs::Obstacle reason_of(const JobStatus& job, const std::set<std::string>& held_waves) {
  if (job.error) return {describe(*job.error), "mend what it says, and run the same command again"};
  if (job.state == State::canceled) return {"canceled", "run the same command again"};
  if (held_waves.contains(job.wave)) {
    return {fmt::format("wave {} waits until the pilot is signed off", printable(job.wave)), "godwit sign-off WAVE"};
  }
  if (job.is_held) return {"held by order", "godwit account release NAME, and run the same command again"};
  return {"stopped before its end", "run the same command again: it goes on from what is on record"};
}

ProofConsole::Sums sums_of(const Snapshot& snapshot, const jobs::Proofs& proofs) {
  ProofConsole::Sums sums;
  for (const JobStatus& job : snapshot.jobs) {
    const AccountProof proof = proofs.of(job.name);
    if (!has_result(job)) {
      ++sums.without_result;
      continue;
    }
    sums.without_difference += proof.verified->counts.differences() == 0 ? 1 : 0;
    sums.with_differences += proof.verified->counts.differences() > 0 ? 1 : 0;
    sums.finished += proof.swept && proof.swept->verdict.is_finished() ? 1 : 0;
    sums.items += proof.verified->counts.items;
    sums.proven += proof.verified->counts.proven;
  }
  return sums;
}

std::string describe(const jobs::Obstacle& obstacle) { return fmt::format("    {}\n      {}\n", obstacle.what, obstacle.advice); }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

ProofConsole::ProofConsole(Console::Style style)
    : screen_(style), proofs_([this](const std::string& account, const sync::Difference& difference) {
        json line = to_json(difference);
        line["account"] = account;
        screen_.line(fmt::format("{}: {}", printable(account), text_of(difference)), line);
      }) {}

json ProofConsole::line_of(const JobStatus& job) const {
  json line = to_json(job);
  if (has_result(job)) put(proofs_.of(job.name), line);
  return line;
}

void ProofConsole::ended(const JobStatus& job) {
  json line = line_of(job);
  line["event"] = "account";
  screen_.line(fmt::format("{}: {}", printable(job.name), has_result(job) ? text_of(proofs_.of(job.name)) : ending_of(job)), line);
}

void ProofConsole::summary(const Snapshot& snapshot, const std::set<std::string>& held_waves, int exit_status) {
  const Sums sums = sums_of(snapshot, proofs_);
  json line = to_json(snapshot);
  line["accounts"] = json::array();
  for (const JobStatus& job : snapshot.jobs) line["accounts"].push_back(line_of(job));
  line.update({{"event", "summary"},
               {"exit_status", exit_status},
               {"seconds", seconds_since(start_)},
               {"without_difference", sums.without_difference},
               {"with_differences", sums.with_differences},
               {"without_result", sums.without_result}});
  if (is_sweep(snapshot)) line["finished"] = sums.finished;
  screen_.line(summary_text(snapshot, sums, held_waves), line);
}

std::string ProofConsole::summary_text(const Snapshot& snapshot, const Sums& sums, const std::set<std::string>& held_waves) const {
  const std::size_t all = snapshot.jobs.size();
  std::string text = is_sweep(snapshot)
                         ? fmt::format("{} of {} finished.\n", grouped(sums.finished), counted(all, "account"))
                         : fmt::format("{} of {} without a difference.\n", grouped(sums.without_difference), counted(all, "account"));
  text += counted(sums.items, "item") + " looked at";
  if (sums.proven > 0) text += fmt::format(", {} of them read back and equal", grouped(sums.proven));
  text += fmt::format(", in {}.\n", duration_text(seconds_since(start_)));
  for (const JobStatus& job : snapshot.jobs) {
    const AccountProof proof = proofs_.of(job.name);
    std::string reasons;
    if (!has_result(job)) {
      reasons = describe(reason_of(job, held_waves));
    } else if (proof.swept) {
      for (const jobs::Obstacle& obstacle : proof.swept->verdict.obstacles) reasons += describe(obstacle);
    } else if (proof.verified->counts.differences() > 0) {
      reasons = fmt::format("    {}\n", jobs::describe_differences(proof.verified->counts));
    }
    if (!reasons.empty()) text += fmt::format("  {}\n{}", printable(job.name), reasons);
  }
  text.pop_back();
  return text;
}

}  // namespace godwit::cli
