// SPDX-License-Identifier: Apache-2.0
// What a verification or the final sweep of many accounts tells: the screen of a migration, each difference with its account, and at the
// end who is without a difference, or finished, and who is not and why.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "cli/migration_console.h"
#include "jobs/proofs.h"

namespace godwit::cli {

class ProofConsole final : public jobs::Observer {
 public:
  explicit ProofConsole(Console::Style style);

  [[nodiscard]] MigrationConsole& screen() { return screen_; }
  [[nodiscard]] jobs::Proofs& proofs() { return proofs_; }

  void event(const jobs::JobStatus& job, const sync::Event& event) override { screen_.event(job, event); }
  void ended(const jobs::JobStatus& job) override;
  // `snapshot` has every account; `held_waves` wait for a pilot.
  void summary(const jobs::Snapshot& snapshot, const std::set<std::string>& held_waves, int exit_status);

  struct Sums {
    std::size_t without_difference = 0, with_differences = 0, without_result = 0, finished = 0;  // accounts
    std::uint64_t items = 0, proven = 0;
  };

 private:
  [[nodiscard]] std::string summary_text(const jobs::Snapshot& snapshot, const Sums& sums, const std::set<std::string>& held_waves) const;
  [[nodiscard]] nlohmann::json line_of(const jobs::JobStatus& job) const;

  MigrationConsole screen_;
  jobs::Proofs proofs_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace godwit::cli
