// SPDX-License-Identifier: Apache-2.0
#include "estimate/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <map>
#include <mutex>

#include "base/text.h"
#include "estimate/fit.h"
#include "estimate/sample.h"
#include "jobs/migration.h"
#include "sync/probe.h"

namespace godwit::estimate {
namespace {

using std::chrono::steady_clock;

constexpr double least_spread = 0.12;    // what a second of measuring does not show of an hour
constexpr double assumed_spread = 0.5;   // of what nobody has measured
constexpr std::size_t accounts_alone = 3;  // measured one after the other
// Storing as it is assumed, as multiples of reading: the two overlap, but wait for each other.
constexpr Costs with_storing{3, 4, 1.5, 1.5};

double seconds_since(steady_clock::time_point begin) { return std::chrono::duration<double>(steady_clock::now() - begin).count(); }

// What all accounts of one measurement tell.
struct Findings {
  std::mutex mutex;
  std::map<std::string, Offer> offers;  // by job
  std::vector<Measure> measures;
  jobs::Moment waited;                  // sums over the rounds
  double seconds = 0;                   // the same
  std::vector<std::string> notes;
};

class Step : public jobs::Work {
 public:
  Step(jobs::WorkPlace place, Findings& findings) : place_(std::move(place)), findings_(findings) {}
  Task<sync::RoundResult> run() override {
    sync::RoundResult result;
    const auto done = co_await work();
    if (!done) result.error = done.error();
    co_return result;
  }
  sync::Progress progress() const override { return {}; }

 protected:
  [[nodiscard]] virtual Task<Result<>> work() = 0;
  jobs::WorkPlace place_;
  Findings& findings_;
};

class LookStep final : public Step {
 public:
  using Step::Step;

 private:
  Task<Result<>> work() override {
    GODWIT_CO_TRY(const auto session, co_await place_.source.connect());
    auto offer = co_await look_for_samples(*session);
    session->close();
    if (!offer) co_return std::unexpected(std::move(offer).error());
    const std::lock_guard lock(findings_.mutex);
    findings_.offers[place_.job.name] = *std::move(offer);
    co_return Result<>{};
  }
};

class RoundStep final : public Step {
 public:
  RoundStep(jobs::WorkPlace place, Findings& findings, Sample sample) : Step(std::move(place), findings), sample_(std::move(sample)) {}

 private:
  Task<Result<>> work() override {
    const auto source = make_sample_source(place_.source, sample_.folders);
    sync::RoundOptions options = place_.options;
    options.lanes = 1;
    const auto begin = steady_clock::now();
    sync::RoundResult result;
    sync::Progress progress;
    {
      sync::Round round(*source, place_.target, place_.ledger, std::move(options), place_.stop, [](const sync::Event&) {});
      result = co_await round.run();
      progress = round.progress();
    }
    const double seconds = seconds_since(begin);
    if (!result.error) add({static_cast<double>(sample_.folders.size()), sample_.messages, sample_.bytes, seconds}, progress);
    const auto removed = co_await remove_folders();
    if (!removed) add_note(removed.error());
    if (result.error) co_return std::unexpected(*std::move(result.error));
    if (result.not_moved > 0) co_return fail(ErrorKind::refused, "the target does not take messages of a calibration");
    co_return Result<>{};
  }

  void add(Measure measure, const sync::Progress& progress) {
    const std::lock_guard lock(findings_.mutex);
    findings_.measures.push_back(measure);
    findings_.waited.source_waited += progress.source_waited;
    findings_.waited.target_waited += progress.target_waited;
    findings_.seconds += measure.seconds;
  }

  Task<Result<>> remove_folders() {
    GODWIT_CO_TRY(const auto session, co_await place_.target.connect());
    Result<> first;
    for (const SampleFolder& each : sample_.folders) {
      endpoint::Folder folder;
      folder.path = each.path;
      folder.name = session->name_for(each.path);
      const auto removed = co_await session->remove_folder(folder);
      if (!removed && removed.error().kind != ErrorKind::not_found && first) first = removed;
    }
    session->close();
    co_return first;
  }

  void add_note(const Error& error) {
    const std::lock_guard lock(findings_.mutex);
    findings_.notes.push_back(fmt::format("{}: a folder named godwit-probe-… could not be removed from the target; the next round removes it: {}",
                                          place_.job.name, describe(error)));
  }

  Sample sample_;
};

// The source alone: what the target would do is not known.
class ReadStep final : public Step {
 public:
  ReadStep(jobs::WorkPlace place, Findings& findings, Sample sample) : Step(std::move(place), findings), sample_(std::move(sample)) {}

 private:
  Task<Result<>> work() override {
    const auto begin = steady_clock::now();
    GODWIT_CO_TRY(const auto session, co_await place_.source.connect());
    GODWIT_CO_CHECK(co_await session->folders());
    for (const SampleFolder& folder : sample_.folders) GODWIT_CO_CHECK(co_await read(*session, folder));
    const double seconds = seconds_since(begin);
    session->close();
    const std::lock_guard lock(findings_.mutex);
    findings_.measures.push_back({static_cast<double>(sample_.folders.size()), sample_.messages, sample_.bytes, seconds});
    co_return Result<>{};
  }

  Task<Result<>> read(endpoint::Session& session, const SampleFolder& folder) {
    const auto view = session.open(folder.of);
    if (folder.uids.empty()) co_return Result<>{};
    const auto reader = view->fetch(folder.uids);
    while (true) {
      GODWIT_CO_TRY(const auto message, co_await reader->next());
      if (!message) co_return Result<>{};
      if (place_.stop) co_return fail(ErrorKind::canceled, "the calibration was stopped");
      if (message->streamed) GODWIT_CO_CHECK(co_await read_pieces(*reader));
    }
  }
  Task<Result<>> read_pieces(endpoint::MessageReader& reader) {
    while (true) {
      GODWIT_CO_TRY(const auto piece, co_await reader.read());
      if (piece.empty()) co_return Result<>{};
    }
  }

  Sample sample_;
};

class Silent final : public jobs::Observer {
 public:
  void event(const jobs::JobStatus&, const sync::Event&) override {}
  void ended(const jobs::JobStatus& job) override {
    if (!job.error) return;
    const std::lock_guard lock(mutex_);
    failures_.push_back(fmt::format("{}: {}", printable(job.name), describe(*job.error)));
  }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> failures_;
};

class Calibrator {
 public:
  Calibrator(std::vector<jobs::Job> jobs, ledger::Ledger& scratch, CalibrationOptions options, const std::atomic<bool>& stop)
      : jobs_(std::move(jobs)), scratch_(scratch), options_(options), stop_(stop) {}

  Task<Result<Calibration>> run() {
    const std::size_t most = std::max<std::size_t>(1, options_.at_once);
    if (jobs_.size() > most) jobs_.resize(most);
    GODWIT_CO_CHECK(co_await prepare());
    const std::size_t alone = std::min(accounts_alone, jobs_.size());
    GODWIT_CO_CHECK(co_await measure(1, {Shape::one_folder}, 1));  // connections, caches and godwit itself get warm
    GODWIT_CO_TRY(const Measured one, co_await measure_all(alone, 1));
    Measured several = one;
    if (jobs_.size() > 1) {
      GODWIT_CO_TRY(several, co_await measure_all(jobs_.size(), jobs_.size()));
    }
    co_return result(one, several);
  }

 private:
  struct Measured {
    std::vector<Measure> small, large;
    Costs costs;
    std::string slow_side;
  };

  // The accounts that can be used, and what they offer.
  Task<Result<>> prepare() {
    GODWIT_CO_CHECK(co_await each_job(jobs_.size(), jobs_.size(),
                                      [this](jobs::WorkPlace place) { return std::make_unique<LookStep>(std::move(place), findings_); }));
    std::erase_if(jobs_, [this](const jobs::Job& job) { return !findings_.offers.contains(job.name); });
    if (!jobs_.empty()) co_return co_await know_hosts();
    co_return fail(ErrorKind::unavailable, "no account could be read for a calibration: " +
                                               (failures_.empty() ? std::string("there is none") : failures_.front()));
  }
  // The engine's own probe of a host comes once in a migration, not once in an account.
  Task<Result<>> know_hosts() {
    for (const jobs::Job& job : jobs_) {
      GODWIT_CO_TRY(const auto target, job.target());
      GODWIT_CO_CHECK(co_await sync::record_kept(scratch_, target->host(), mime::Hazards{}));
    }
    co_return Result<>{};
  }

  Task<Result<Measured>> measure_all(std::size_t accounts, std::size_t at_once) {
    Measured measured;
    GODWIT_CO_TRY(measured.small, co_await measure(accounts, {Shape::one_folder, Shape::several_folders}, at_once));
    findings_.waited = {};
    findings_.seconds = 0;
    GODWIT_CO_TRY(measured.large, co_await measure_moving(accounts, at_once, measured.small));
    measured.costs = fit(measured.small, measured.large);
    measured.slow_side = slow_side(at_once);
    co_return measured;
  }

  // With more and more messages, until it takes long enough to be believed.
  Task<Result<std::vector<Measure>>> measure_moving(std::size_t accounts, std::size_t at_once, std::span<const Measure> small) {
    const double most_messages = options_.messages / std::max(1.0, std::sqrt(static_cast<double>(at_once)));
    const double most_bytes = options_.bytes / static_cast<double>(at_once);
    const double enough = std::chrono::duration<double>(options_.enough).count();
    for (double share = 0.1;; share = std::min(1.0, share * 3)) {
      messages_ = std::max(10.0, most_messages * share);
      bytes_ = std::max(64.0 * 1024, most_bytes * share);
      GODWIT_CO_TRY(std::vector<Measure> measures, co_await measure(accounts, {Shape::small, Shape::large}, at_once));
      const Costs costs = fit(small, measures);
      double longest = 0;
      for (const Measure& each : measures) longest = std::max(longest, each.seconds - costs.account - each.folders * costs.folder);
      if (longest >= enough || share >= 1) co_return measures;
    }
  }

  // Every shape of every account once.
  Task<Result<std::vector<Measure>>> measure(std::size_t accounts, std::vector<Shape> shapes, std::size_t at_once) {
    findings_.measures.clear();
    for (const Shape shape : shapes) {
      const auto step = [this, shape](jobs::WorkPlace place) -> std::unique_ptr<jobs::Work> {
        Sample sample = sample_of(findings_.offers.at(place.job.name), shape, messages_, bytes_);
        if (options_.may_store) return std::make_unique<RoundStep>(std::move(place), findings_, std::move(sample));
        return std::make_unique<ReadStep>(std::move(place), findings_, std::move(sample));
      };
      GODWIT_CO_CHECK(co_await each_job(accounts, at_once, step));
    }
    if (findings_.measures.empty()) co_return fail(ErrorKind::unavailable, "nothing could be measured: " + first_failure());
    co_return std::move(findings_.measures);
  }

  Task<Result<>> each_job(std::size_t accounts, std::size_t at_once, jobs::MakeWork work) {
    jobs::MigrationOptions options;
    options.accounts_at_once = at_once;
    options.threads = options_.threads;
    options.attempts = 1;
    options.round.lanes = 1;
    options.work = std::move(work);
    Silent observer;
    std::vector<jobs::Job> chosen(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(std::min(accounts, jobs_.size())));
    jobs::Migration migration(std::move(chosen), scratch_, std::move(options), observer);
    co_await run(migration);
    for (const std::string& failure : observer.failures()) failures_.push_back(failure);
    if (stop_) co_return fail(ErrorKind::canceled, "the calibration was stopped");
    co_return Result<>{};
  }

  Task<> run(jobs::Migration& migration) {
    using namespace std::chrono_literals;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    bool is_over = false;
    boost::asio::co_spawn(timer.get_executor(), migration.run(), [&](std::exception_ptr) { is_over = true; });
    while (!is_over) {
      if (stop_) migration.stop();
      timer.expires_after(10ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

  [[nodiscard]] std::string slow_side(std::size_t at_once) const {
    if (!options_.may_store) return {};
    jobs::Moment begin, end = findings_.waited;
    begin.running = end.running = static_cast<int>(at_once);
    end.time = begin.time + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                std::chrono::duration<double>(findings_.seconds / static_cast<double>(at_once)));
    jobs::Timeline timeline;
    timeline.add(begin);
    timeline.add(end);
    const auto bottleneck = timeline.recent(std::chrono::hours(1)).bottleneck;
    return bottleneck == jobs::Bottleneck::unknown ? "" : jobs::name_of(bottleneck);
  }

  [[nodiscard]] std::string first_failure() const { return failures_.empty() ? "no account gave anything" : failures_.front(); }

  [[nodiscard]] Calibration result(const Measured& one, const Measured& several) {
    Calibration calibration;
    calibration.is_measured = options_.may_store;
    calibration.speed.alone = one.costs;
    calibration.speed.together = several.costs;
    calibration.speed.pairs = static_cast<double>(jobs_.size());
    calibration.speed.spread = std::max(least_spread, spread_of(one.costs, one.large) / 2);
    calibration.slow_side = several.slow_side;
    if (!options_.may_store) {
      for (Costs* const costs : {&calibration.speed.alone, &calibration.speed.together}) *costs = times(*costs, with_storing);
      calibration.speed.spread = assumed_spread;
    }
    for (std::string& note : findings_.notes) calibration.notes.push_back(std::move(note));
    if (!failures_.empty()) {
      calibration.notes.push_back(fmt::format("{} measurements failed; the first: {}", failures_.size(), failures_.front()));
    }
    return calibration;
  }

  static Costs times(const Costs& left, const Costs& right) {
    return {left.account * right.account, left.folder * right.folder, left.message * right.message, left.byte * right.byte};
  }

  std::vector<jobs::Job> jobs_;
  ledger::Ledger& scratch_;
  const CalibrationOptions options_;
  const std::atomic<bool>& stop_;
  Findings findings_;
  double messages_ = 1, bytes_ = 1 << 20;  // of the next samples, at most
  std::vector<std::string> failures_;
};

}  // namespace

Task<Result<Calibration>> calibrate(std::vector<jobs::Job> jobs, ledger::Ledger& scratch, CalibrationOptions options,
                                    const std::atomic<bool>& stop) {
  Calibrator calibrator(std::move(jobs), scratch, options, stop);
  co_return co_await calibrator.run();
}

}  // namespace godwit::estimate
