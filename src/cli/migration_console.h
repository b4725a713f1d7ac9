// SPDX-License-Identifier: Apache-2.0
// What a migration of many accounts tells: a screen that is drawn again and again on a terminal, lines elsewhere, or JSON lines.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>

#include "cli/console.h"
#include "jobs/migration.h"

namespace godwit::cli {

// How far a whole migration is, as lines for a terminal of so many columns: pure, so that `status` shows the same.
[[nodiscard]] std::vector<std::string> screen_of(const jobs::Snapshot& snapshot, std::size_t columns, std::size_t most_accounts);

// What became of an account's last attempt, in one line.
[[nodiscard]] std::string ending_of(const jobs::JobStatus& job);

// Called from several threads.
class MigrationConsole final : public jobs::Observer {
 public:
  explicit MigrationConsole(Console::Style style) : style_(style) {}

  void event(const jobs::JobStatus& job, const sync::Event& event) override;
  void ended(const jobs::JobStatus& job) override;
  // To be called about five times a second; `snapshot` needs the accounts at work alone.
  void show(const jobs::Snapshot& snapshot);
  void note(const std::string& text);
  // One or the other, as it is wanted.
  void line(const std::string& text, const nlohmann::json& json);
  // Everything has come to its end, or was stopped. `snapshot` has every account.
  void summary(const jobs::Snapshot& snapshot, int exit_status);

 private:
  void tell_waits(const jobs::Snapshot& snapshot);  // each once
  void print_line(const std::string& text);
  void clear_screen();
  void print_text_summary(const jobs::Snapshot& snapshot) const;

  const Console::Style style_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_json_{};
  std::size_t lines_drawn_ = 0;
  std::set<std::string> waits_told_;
};

}  // namespace godwit::cli
