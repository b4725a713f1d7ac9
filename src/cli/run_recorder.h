// SPDX-License-Identifier: Apache-2.0
// Puts on record what a migration does while it does it: the run itself, and what became of each account. A kill leaves the run without
// an end, and accounts that were at work as begun.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "jobs/account_summary.h"
#include "jobs/migration.h"
#include "jobs/run_settings.h"
#include "ledger/ledger.h"

namespace godwit::cli {

struct RecorderOptions {
  std::string command = "migrate";
  std::function<jobs::RunSettings()> settings;      // as far as known by now
  std::function<void(const std::string&)> warn;     // once, when the ledger takes no records; nothing is stopped by that
  std::chrono::milliseconds look_interval{250};     // after which an account's begin or end is on record, at the latest
  std::chrono::milliseconds run_interval{30'000};   // after which the run's timeline is
};

// Besides ended(), all of it on the thread on which record() runs.
class RunRecorder final : public jobs::Observer {
 public:
  // `ledger` must outlive the recorder.
  RunRecorder(ledger::Ledger& ledger, const std::vector<jobs::Job>& jobs, RecorderOptions options);

  void event(const jobs::JobStatus&, const sync::Event&) override {}
  void ended(const jobs::JobStatus& job) override;

  // Runs the migration to its end, by `run`. Once.
  [[nodiscard]] Task<> record(jobs::Migration& migration, std::function<Task<>()> run);

  // The run as it is now, whatever of it is on record already.
  [[nodiscard]] ledger::RunRecord current(const jobs::Migration& migration) const;

 private:
  struct Account {
    ledger::AccountIdentity identity;
    jobs::AccountSummary summary;
  };
  Task<Result<>> begin();
  Task<> run_to_end(const std::function<Task<>()>& run, boost::asio::steady_timer& timer);
  Task<> keep_up_to_date(const jobs::Migration& migration, boost::asio::steady_timer& timer);
  Task<Result<>> write_ends();
  Task<Result<>> write_begins(const jobs::Migration& migration);
  Task<Result<>> write_run(const jobs::Migration& migration);
  Task<Result<>> write(const Account& account);
  void note(const Result<>& result);

  ledger::Ledger& ledger_;
  const RecorderOptions options_;
  std::map<std::string, Account, std::less<>> accounts_;  // by name
  ledger::RunRecord run_;
  bool is_over_ = false, has_warned_ = false;
  std::mutex mutex_;
  std::vector<jobs::JobStatus> ends_;  // not on record yet
};

}  // namespace godwit::cli
