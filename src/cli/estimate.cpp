// SPDX-License-Identifier: Apache-2.0
#include "cli/estimate.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/console.h"
#include "cli/estimate_plan.h"
#include "cli/estimate_text.h"
#include "cli/long_run.h"
#include "cli/migrate.h"
#include "estimate/estimate_json.h"
#include "jobs/migration.h"

namespace godwit::cli {
namespace {

using estimate::Calibration;
using estimate::Count;

constexpr double seconds_of_rate = 0.5;  // so much of what a server is allowed may one measurement use

// A folder for a ledger that is thrown away.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make() {
    std::string pattern = (std::filesystem::temp_directory_path() / "godwit-estimate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return fail(ErrorKind::storage,
                  fmt::format("no folder can be made like {}: set TMPDIR to a folder that can be written", pattern));
    }
    return ScratchFolder(pattern);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// What the accounts hold, gathered by several threads.
struct Counts {
  std::mutex mutex;
  std::map<std::string, Count> by_account;
  std::vector<std::string> failures;
};

class CountWork final : public jobs::Work {
 public:
  CountWork(jobs::WorkPlace place, Counts& counts) : place_(std::move(place)), counts_(counts) {}
  Task<sync::RoundResult> run() override {
    sync::RoundResult result;
    const auto counted = co_await count();
    if (!counted) result.error = counted.error();
    co_return result;
  }
  sync::Progress progress() const override { return {}; }

 private:
  Task<Result<>> count() {
    GODWIT_CO_TRY(const auto session, co_await place_.source.connect());
    const auto counted = co_await estimate::count(*session, {.rules = place_.options.rules});
    session->close();
    if (!counted) co_return std::unexpected(counted.error());
    const std::lock_guard lock(counts_.mutex);
    counts_.by_account[place_.job.name] = *counted;
    co_return Result<>{};
  }
  jobs::WorkPlace place_;
  Counts& counts_;
};

class CountObserver final : public jobs::Observer {
 public:
  explicit CountObserver(Counts& counts) : counts_(counts) {}
  void event(const jobs::JobStatus&, const sync::Event&) override {}
  void ended(const jobs::JobStatus& job) override {
    if (job.state != jobs::State::failed || !job.error) return;
    const std::lock_guard lock(counts_.mutex);
    counts_.failures.push_back(fmt::format("{}: {}", printable(job.name), describe(*job.error)));
  }

 private:
  Counts& counts_;
};

class Estimator {
 public:
  Estimator(const EstimateOptions& options, const Wiring& wiring) : options_(options), wiring_(wiring) {}

  Task<Result<estimate::Estimate>> run() {
    GODWIT_CO_TRY(organisation_, read_organisation(options_.plan));
    GODWIT_CO_TRY(const auto ledger, open_ledger(organisation_.plan, wiring_));
    loads_.accounts_at_once = std::max<std::size_t>(1, accounts_at_once(organisation_.plan, options_.accounts_at_once));
    any_time_ = at_any_time(organisation_);
    GODWIT_CO_TRY(const auto jobs, make_jobs(any_time_, wiring_));
    GODWIT_CO_TRY(const auto folder, ScratchFolder::make());
    GODWIT_CO_TRY(const auto scratch, wiring_.ledger(folder.path() / "ledger"));
    GODWIT_CO_CHECK(co_await count(jobs, *scratch));
    GODWIT_CO_CHECK(co_await take_off_moved(jobs, *ledger));
    if (options_.read_only) co_await remember(*ledger);
    GODWIT_CO_CHECK(co_await calibrate(jobs, *scratch));
    const auto now = std::chrono::system_clock::now();
    GODWIT_CO_TRY(auto problem, problem_of(organisation_, loads_, now));
    estimate::Estimate result = estimate::estimate(std::move(problem), InternalDate::now());
    result.is_measured = !options_.read_only || is_remembered_;
    result.notes = notes();
    GODWIT_CO_CHECK(co_await estimate::record_estimate(*ledger, result));
    co_return result;
  }

  void stop() { stop_ = true; }
  [[nodiscard]] std::string state() {
    const std::lock_guard lock(counts_.mutex);
    if (is_counted_) return "measuring how fast the servers are";
    return fmt::format("counting: {} of {} accounts", grouped(counts_.by_account.size()), grouped(organisation_.accounts.size()));
  }

 private:
  // The plan's hours and days are for moving; what an estimate asks for is little.
  static Organisation at_any_time(Organisation organisation) {
    for (auto* const endpoints : {&organisation.plan.sources, &organisation.plan.targets}) {
      for (plan::Endpoint& endpoint : *endpoints) {
        endpoint.limits.windows = {};
        endpoint.limits.bytes_per_day.reset();
      }
    }
    return organisation;
  }

  Task<Result<>> count(const std::vector<jobs::Job>& jobs, ledger::Ledger& scratch) {
    CountObserver observer(counts_);
    jobs::MigrationOptions options;
    GODWIT_CO_TRY(options.round, round_options(organisation_.plan));
    options.round.lanes = 1;
    options.accounts_at_once = loads_.accounts_at_once;
    options.attempts = 2;
    options.first_pause = std::chrono::milliseconds(1000);
    options.work = [this](jobs::WorkPlace place) { return std::make_unique<CountWork>(std::move(place), counts_); };
    jobs::Migration migration(jobs, scratch, std::move(options), observer);
    co_await estimate::run_stoppable(migration, stop_);
    if (stop_) co_return fail(ErrorKind::canceled, "the estimate was stopped before its end");
    if (counts_.by_account.empty() && !counts_.failures.empty()) {
      co_return fail(ErrorKind::unavailable, "no account could be read; the first: " + counts_.failures.front());
    }
    const std::lock_guard lock(counts_.mutex);
    is_counted_ = true;
    loads_.left = counts_.by_account;
    co_return Result<>{};
  }

  // What earlier rounds have moved needs no time any more; the folders are looked at again.
  Task<Result<>> take_off_moved(const std::vector<jobs::Job>& jobs, ledger::Ledger& ledger) {
    GODWIT_CO_TRY(const auto known, co_await ledger.accounts());
    for (const jobs::Job& job : jobs) {
      const auto left = loads_.left.find(job.name);
      if (left == loads_.left.end() || std::ranges::find(known, job.identity) == known.end()) continue;
      GODWIT_CO_TRY(const auto account, co_await ledger.account(job.identity.source, job.identity.target));
      GODWIT_CO_TRY(const ledger::Counters counters, co_await account->counters());
      Count& count = left->second;
      if (counters.items == 0 || count.messages == 0) continue;
      const std::uint64_t rest = count.messages - std::min(count.messages, counters.items);
      count.bytes *= static_cast<double>(rest) / static_cast<double>(count.messages);
      count.messages = rest;
    }
    co_return Result<>{};
  }

  Task<Result<>> calibrate(const std::vector<jobs::Job>& jobs, ledger::Ledger& scratch) {
    std::map<RouteName, std::vector<jobs::Job>> by_route;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const plan::Account& account = organisation_.accounts[i];
      if (loads_.left.contains(jobs[i].name)) by_route[{account.source, account.target}].push_back(jobs[i]);
    }
    for (auto& [route, all] : by_route) {
      if (loads_.calibrations.contains(route)) continue;
      std::ranges::sort(all, std::greater(), [this](const jobs::Job& job) { return std::pair(loads_.left.at(job.name).bytes, job.name); });
      GODWIT_CO_TRY(loads_.calibrations[route], co_await estimate::calibrate(all, scratch, settings_for(route), stop_));
    }
    co_return Result<>{};
  }

  // Not more than the operator allows in a moment, for the whole estimate must take no longer than that.
  estimate::CalibrationOptions settings_for(const RouteName& route) const {
    estimate::CalibrationOptions settings;
    settings.may_store = !options_.read_only;
    settings.at_once = loads_.accounts_at_once;
    for (const plan::Endpoint* const endpoint :
         {plan::find_endpoint(organisation_.plan.sources, route.first), plan::find_endpoint(organisation_.plan.targets, route.second)}) {
      const plan::Limits& limits = endpoint->limits;
      if (limits.bytes_per_second) {
        settings.bytes = std::min(settings.bytes, seconds_of_rate * static_cast<double>(*limits.bytes_per_second));
      }
      if (!limits.messages_per_second) continue;
      settings.messages = std::min(settings.messages, std::max(10.0, seconds_of_rate * *limits.messages_per_second));
    }
    return settings;
  }

  // What the last estimate had measured by storing is better than what reading alone tells.
  Task<> remember(ledger::Ledger& ledger) {
    const auto text = co_await estimate::recorded_estimate(ledger);
    const auto last = text ? estimate::from_json(*text) : std::unexpected(Error{});
    if (!last || !last->is_measured) co_return;
    for (const estimate::Route& route : last->problem.routes) {
      const auto& hosts = last->problem.hosts;
      Calibration calibration{route.speed, route.slow_side, true, {}};
      calibration.speed.spread = std::max(calibration.speed.spread, 0.25);
      loads_.calibrations[{hosts[route.source].name, hosts[route.target].name}] = std::move(calibration);
      is_remembered_ = true;
    }
  }

  std::vector<std::string> notes() {
    std::vector<std::string> notes;
    if (options_.read_only && !is_remembered_) {
      notes.push_back("how fast the target stores is assumed, so the range is wide; without --read-only it is measured");
    }
    if (is_remembered_) notes.push_back("the target's speed is that of the last estimate that measured it");
    if (!counts_.failures.empty()) {
      notes.push_back(fmt::format("{} accounts could not be read and are not in it; the first: {}", grouped(counts_.failures.size()),
                                  counts_.failures.front()));
    }
    for (const auto& [route, calibration] : loads_.calibrations) {
      notes.insert(notes.end(), calibration.notes.begin(), calibration.notes.end());
    }
    if (std::ranges::any_of(organisation_.plan.waves, &plan::Wave::is_pilot)) {
      notes.push_back("the time until a pilot is signed off is not in it");
    }
    return notes;
  }

  const EstimateOptions& options_;
  const Wiring& wiring_;
  Organisation organisation_;
  Organisation any_time_;  // the same without windows and days; the jobs look into it
  PlanLoads loads_;
  Counts counts_;
  bool is_counted_ = false, is_remembered_ = false;
  std::atomic<bool> stop_ = false;
};

// On a terminal what is being done, in one line that goes away again.
void show(Console::Style style, const std::string& state) {
  if (style != Console::Style::bar) return;
  fmt::print("\r\x1b[K{}", state);
  std::fflush(stdout);
}

}  // namespace

CLI::App& add_estimate_command(CLI::App& program, EstimateOptions& options) {
  CLI::App& command = *program.add_subcommand("estimate", "Tell how long a plan will take, before anything is moved");
  add_plan_options(command, options.plan, true);
  command.add_option("--at-once", options.accounts_at_once, "Accounts at once, as it will be given to godwit migrate");
  command.add_flag("--read-only", options.read_only, "Store nothing on the target, not even for a moment: the range is wider");
  command.footer(
      "Counts what the accounts hold, and measures for some seconds how fast the servers are: messages of the largest accounts are\n"
      "read, and generated ones of the same sizes stored on the target in folders named godwit-probe-…, which are removed again.\n"
      "Does so at any time, also outside the plan's windows. What was moved already is not counted. docs/estimate.md explains more.\n"
      "Exit status: 0 estimated, 1 and with accounts that could not be read; else as of godwit migrate.\n\n"
      "Examples:\n"
      "  godwit estimate                      the whole plan\n"
      "  godwit estimate --wave pilot --json  one wave, as JSON\n"
      "  godwit estimate --read-only          without a trace on the target");
  return command;
}

int run_estimate(const EstimateOptions& options, const Wiring& wiring) {
  const Console::Style style = style_for(options.plan.json);
  Estimator estimator(options, wiring);
  Result<estimate::Estimate> result = fail(ErrorKind::bug, "nothing was estimated");
  const auto run = [&]() -> Task<> { result = co_await estimator.run(); };
  run_long(run(), [&] { show(style, estimator.state()); }, [&] { estimator.stop(); });
  show(style, "");
  if (!result) return Console(style, {}).failure(result.error());
  const bool is_whole = std::ranges::none_of(result->notes, [](const std::string& note) { return note.contains("could not be read"); });
  const int status = is_whole ? 0 : 1;
  if (options.plan.json) {
    nlohmann::json line = to_json(*result, false);
    line["event"] = "estimate";
    line["exit_status"] = status;
    print_json(line);
  } else {
    fmt::print("{}", estimate_text(*result));
  }
  return status;
}

}  // namespace godwit::cli
