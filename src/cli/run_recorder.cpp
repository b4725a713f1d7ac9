// SPDX-License-Identifier: Apache-2.0
#include "cli/run_recorder.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "cli/recorded_estimate.h"

namespace godwit::cli {

using namespace boost::asio::experimental::awaitable_operators;
using jobs::AccountSummary;
using jobs::JobStatus;
using jobs::Migration;
using std::chrono::steady_clock;

RunRecorder::RunRecorder(ledger::Ledger& ledger, const std::vector<jobs::Job>& jobs, RecorderOptions options)
    : ledger_(ledger), options_(std::move(options)) {
  for (const jobs::Job& job : jobs) accounts_[job.name].identity = job.identity;
}

void RunRecorder::ended(const JobStatus& job) {
  const std::lock_guard lock(mutex_);
  ends_.push_back(job);
}

Task<> RunRecorder::record(Migration& migration, std::function<Task<>()> run) {
  note(co_await begin());
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  co_await (run_to_end(run, timer) && keep_up_to_date(migration, timer));
  note(co_await write_ends());
  run_.ended = InternalDate::now();
  note(co_await write_run(migration));
}

ledger::RunRecord RunRecorder::current(const Migration& migration) const {
  ledger::RunRecord run = run_;
  run.settings = jobs::settings_text(options_.settings());
  run.timeline = jobs::timeline_text(migration.timeline());
  return run;
}

Task<Result<>> RunRecorder::begin() {
  run_.command = options_.command;
  run_.began = InternalDate::now();
  run_.settings = jobs::settings_text(options_.settings());
  GODWIT_CO_TRY(run_.estimate, co_await estimate_on_record(ledger_));
  GODWIT_CO_TRY(run_.id, co_await ledger_.begin_run(run_));
  GODWIT_CO_TRY(const auto summaries, co_await ledger_.summaries());
  std::map<std::pair<std::string, std::string>, const std::string*> texts;
  for (const ledger::AccountSummary& each : summaries) texts[{each.account.source, each.account.target}] = &each.summary;
  for (auto& [name, account] : accounts_) {
    const auto found = texts.find({account.identity.source, account.identity.target});
    if (found != texts.end()) account.summary = jobs::summary_of(*found->second).value_or(AccountSummary{});
  }
  co_return Result<>{};
}

Task<> RunRecorder::run_to_end(const std::function<Task<>()>& run, boost::asio::steady_timer& timer) {
  co_await run();
  is_over_ = true;
  timer.cancel();
}

Task<> RunRecorder::keep_up_to_date(const Migration& migration, boost::asio::steady_timer& timer) {
  const auto began = steady_clock::now();
  auto written = began;
  while (!is_over_) {
    note(co_await write_ends());
    note(co_await write_begins(migration));
    // A young run that is killed has something on record, too.
    const auto now = steady_clock::now();
    const auto young = std::max<steady_clock::duration>(options_.look_interval, (now - began) / 2);
    if (now - written >= std::min<steady_clock::duration>(options_.run_interval, young)) {
      note(co_await write_run(migration));
      written = steady_clock::now();
    }
    if (is_over_) co_return;
    boost::system::error_code ignored;
    timer.expires_after(options_.look_interval);
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
}

Task<Result<>> RunRecorder::write_ends() {
  std::vector<JobStatus> ends;
  {
    const std::lock_guard lock(mutex_);
    ends.swap(ends_);
  }
  Result<> result;
  for (const JobStatus& status : ends) {
    Account& account = accounts_[status.name];
    jobs::note_status(account.summary, status);
    auto written = Result<>{};
    if (const auto store = co_await ledger_.account(account.identity.source, account.identity.target); !store) {
      written = std::unexpected(store.error());
    } else {
      written = co_await jobs::note_record(account.summary, **store);
    }
    if (written) written = co_await write(account);
    if (!written) result = std::move(written);
  }
  co_return result;
}

// Those whose end is not known at once.
Task<Result<>> RunRecorder::write_begins(const Migration& migration) {
  const jobs::Snapshot snapshot = migration.snapshot(Migration::Which::running);
  for (const JobStatus& status : snapshot.jobs) {
    Account& account = accounts_[status.name];
    const auto& history = account.summary.history;
    const bool is_known = account.summary.state == jobs::State::running && !history.empty() && history.back().began == status.began;
    if (is_known) continue;
    jobs::note_status(account.summary, status);
    GODWIT_CO_CHECK(co_await write(account));
  }
  co_return Result<>{};
}

Task<Result<>> RunRecorder::write_run(const Migration& migration) {
  ledger::RunRecord run = current(migration);
  co_return co_await ledger_.update_run(std::move(run));
}

Task<Result<>> RunRecorder::write(const Account& account) {
  // A server's words may be no UTF-8.
  ledger::AccountSummary summary{account.identity,
                                 to_json(account.summary).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  co_return co_await ledger_.set_summary(std::move(summary));
}

void RunRecorder::note(const Result<>& result) {
  if (result || has_warned_) return;
  has_warned_ = true;
  options_.warn("what becomes of the accounts is not put on record for status and report: " + describe(result.error()));
}

}  // namespace godwit::cli
