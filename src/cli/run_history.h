// SPDX-License-Identifier: Apache-2.0
// All runs of a plan as one: when somebody was at work, how far it was at which time, and what was predicted. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/run_settings.h"
#include "ledger/ledger.h"
#include "report/organisation.h"

namespace godwit::cli {

class RunHistory {
 public:
  // `at_work`: the run that goes on, as it is now, whatever of it is among the records.
  RunHistory(std::vector<ledger::RunRecord> records, std::optional<ledger::RunRecord> at_work);

  [[nodiscard]] std::vector<report::Run> runs() const;
  // Counts go on from run to run; what a run did behind its last record is not in them.
  [[nodiscard]] std::vector<report::TimelinePoint> timeline() const;
  // Of the estimate that the first run with one had, else of this one; nothing where there is none.
  [[nodiscard]] std::optional<report::Forecast> forecast(std::string_view estimate, bool is_over) const;
  // Of the last run.
  [[nodiscard]] std::vector<report::NamedValue> settings() const;
  // As the server at this address called itself last; may be empty.
  [[nodiscard]] std::string software_at(std::string_view address) const;

 private:
  struct Run {
    ledger::RunRecord record;
    jobs::RunSettings settings;
    std::vector<jobs::Moment> timeline;
    bool is_at_work = false;
  };
  [[nodiscard]] static std::chrono::seconds time_at_work(const Run& run);

  std::vector<Run> runs_;
};

// The same instant in this machine's time zone.
[[nodiscard]] InternalDate local_date(const InternalDate& date);
[[nodiscard]] InternalDate local_date(std::chrono::system_clock::time_point time);

}  // namespace godwit::cli
