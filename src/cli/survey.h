// SPDX-License-Identifier: Apache-2.0
// What the commands have in common that look at every account of a plan and change nothing: inventory, check, and the dry run.
#pragma once

#include <chrono>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/organisation.h"
#include "inventory/inventory.h"
#include "jobs/looks.h"

namespace godwit::cli {

struct Survey {
  Organisation organisation;
  std::vector<jobs::Job> jobs;  // of its accounts
  jobs::LookOptions look;
};
struct SurveyOptions {
  PlanOptions plan;
  std::size_t accounts_at_once = 0, threads = 0;  // 0: as the plan says, as many as there are processors
  bool opens_target = true;
};
// Asks for the passwords that it needs.
[[nodiscard]] Result<Survey> prepare_survey(const SurveyOptions& options, const Wiring& wiring);

// A counter on a terminal, a line for each account elsewhere, or JSON lines. Called from several threads.
class SurveyConsole {
 public:
  enum class Output {
    text,   // counters and lines are part of what is told
    json,
    table,  // a table alone is what is printed: all else goes to the standard error
  };
  explicit SurveyConsole(Output output);

  // An account was looked at: `text` behind its name, or `line` with its name and the event added. What `needs_somebody` is a line on a
  // terminal, too.
  void account(const std::string& name, const std::string& text, bool needs_somebody);
  void account(const std::string& name, nlohmann::json line);
  [[nodiscard]] bool is_json() const { return output_ == Output::json; }
  void note(const std::string& text);
  // To be called about five times a second.
  void show(const jobs::LookSnapshot& snapshot);
  // The counter goes, and the result may be printed.
  void finish();

 private:
  void print_line(const std::string& text);
  void clear_counter();

  const Output output_;
  const bool is_terminal_;
  std::mutex mutex_;
  std::size_t ended_ = 0, accounts_ = 0;
  std::chrono::steady_clock::time_point last_json_{};
  bool counter_is_drawn_ = false;
};

// Runs them with their progress shown, until they have ended, or a signal has stopped them: then false.
[[nodiscard]] bool run_looks(const Survey& survey, jobs::Look look, jobs::Looks::OnEnd on_end, SurveyConsole& console);

// What an inventory tells of its progress, for a look.
[[nodiscard]] inventory::OnProgress progress_to(const jobs::LookPlace& place);

// Of the accounts that were looked at, and of a survey that was stopped.
[[nodiscard]] int survey_status(bool is_whole, inventory::Severity worst);

}  // namespace godwit::cli
