// SPDX-License-Identifier: Apache-2.0
#include "estimate/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>

#include "base/text.h"
#include "estimate/calibration_steps.h"
#include "sync/probe.h"

namespace godwit::estimate {
namespace {

constexpr double least_spread = 0.18;      // what some seconds do not show of some hours
constexpr double assumed_spread = 0.5;     // of what nobody has measured
constexpr double first_share = 0.25;       // of the messages that may be used, for the first try
constexpr std::size_t accounts_alone = 2;  // measured one after the other
// Storing as it is assumed, as multiples of reading: the two overlap, but wait for each other.
constexpr Costs with_storing{3, 4, 1.5, 1.5};

Costs times(const Costs& left, const Costs& right) {
  return {left.account * right.account, left.folder * right.folder, left.message * right.message, left.byte * right.byte};
}

class Silent final : public jobs::Observer {
 public:
  void event(const jobs::JobStatus&, const sync::Event&) override {}
  void ended(const jobs::JobStatus& job) override {
    if (job.error) failures_.push_back(fmt::format("{}: {}", printable(job.name), describe(*job.error)));
  }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
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
    GODWIT_CO_CHECK(co_await measure(1, {Shape::one_folder}, 1));  // connections, caches and godwit itself get warm
    GODWIT_CO_TRY(const Measured alone, co_await measure_all(std::min(accounts_alone, jobs_.size()), 1));
    Measured together;
    if (jobs_.size() > 1) {
      GODWIT_CO_TRY(together, co_await measure_all(jobs_.size(), jobs_.size()));
    }
    co_return result(alone, together);
  }

 private:
  // Rounds that move next to nothing, and rounds that move as much as there was time for.
  struct Part {
    std::vector<Measure> rounds, removals;
    std::vector<Stretch> stretches;
  };
  struct Measured {
    Part standing, moving;
    double pairs = 1;  // that were at work at once
    std::string slow_side;
  };

  // The accounts that can be used, and what they offer.
  Task<Result<>> prepare() {
    const auto look = [this](jobs::WorkPlace place) { return make_look_step(std::move(place), findings_); };
    GODWIT_CO_CHECK(co_await each_job(jobs_.size(), jobs_.size(), look));
    std::erase_if(jobs_, [this](const jobs::Job& job) { return !findings_.offers.contains(job.name); });
    if (!jobs_.empty()) co_return co_await know_hosts();
    co_return fail(ErrorKind::unavailable, "no account could be read for a calibration: " + first_failure());
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
    findings_.most_at_work = 0;
    const std::vector<Shape> standing{Shape::one_folder, Shape::several_folders, Shape::one_folder, Shape::several_folders};
    GODWIT_CO_TRY(measured.standing, co_await measure(accounts, standing, at_once));
    GODWIT_CO_TRY(measured.moving, co_await measure_moving(accounts, at_once, middle_of(measured.standing.rounds)));
    measured.pairs = findings_.most_at_work;
    measured.slow_side = slow_side(measured);
    co_return measured;
  }

  static double middle_of(const std::vector<Measure>& measures) {
    std::vector<double> seconds;
    for (const Measure& each : measures) seconds.push_back(each.seconds);
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
  }

  // With more and more messages, until it takes long enough to be believed; `without` is what it takes without any.
  Task<Result<Part>> measure_moving(std::size_t accounts, std::size_t at_once, double without) {
    const double most_messages = options_.messages / std::max(1.0, std::sqrt(static_cast<double>(at_once)));
    const double most_bytes = options_.bytes / static_cast<double>(at_once);
    const double enough = std::max(without, std::chrono::duration<double>(options_.enough).count());
    for (double share = first_share;; share = 1) {
      messages_ = std::max(10.0, most_messages * share);
      bytes_ = std::max(64.0 * 1024, most_bytes * share);
      findings_.source_waited = findings_.target_waited = {};
      GODWIT_CO_TRY(Part part, co_await measure(accounts, {Shape::small, Shape::large}, at_once));
      if (middle_of(part.rounds) - without >= enough || share >= 1) co_return part;
    }
  }

  // Every shape of every account once. Each account begins with another one, so that not all of them do the same at the same time.
  Task<Result<Part>> measure(std::size_t accounts, std::vector<Shape> shapes, std::size_t at_once) {
    findings_.rounds.clear();
    findings_.removals.clear();
    findings_.stretches.clear();
    std::size_t turn = 0;
    std::mutex mutex;
    const auto step = [&](jobs::WorkPlace place) {
      const Offer& offer = findings_.offers.at(place.job.name);
      std::vector<Sample> samples;
      for (const Shape shape : shapes) samples.push_back(sample_of(offer, shape, messages_, bytes_));
      const std::lock_guard lock(mutex);
      std::ranges::rotate(samples, samples.begin() + static_cast<std::ptrdiff_t>(turn++ % samples.size()));
      return options_.may_store ? make_round_step(std::move(place), findings_, std::move(samples))
                                : make_read_step(std::move(place), findings_, std::move(samples));
    };
    GODWIT_CO_CHECK(co_await each_job(accounts, at_once, step));
    if (findings_.stretches.empty()) co_return fail(ErrorKind::unavailable, "nothing could be measured: " + first_failure());
    co_return Part{findings_.rounds, findings_.removals, findings_.stretches};
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
    co_await run_stoppable(migration, stop_);
    for (const std::string& failure : observer.failures()) failures_.push_back(failure);
    if (stop_) co_return fail(ErrorKind::canceled, "the calibration was stopped");
    co_return Result<>{};
  }

  // As jobs::Timeline tells it of a migration.
  [[nodiscard]] std::string slow_side(const Measured& measured) const {
    if (!options_.may_store) return {};
    double seconds = 0;
    for (const Measure& each : measured.moving.rounds) seconds += each.seconds;
    jobs::Moment begin, end;
    begin.running = end.running = static_cast<int>(measured.pairs);
    end.source_waited = findings_.source_waited;
    end.target_waited = findings_.target_waited;
    end.time += std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(seconds / measured.pairs));
    jobs::Timeline timeline;
    timeline.add(begin);
    timeline.add(end);
    const auto bottleneck = timeline.recent(std::chrono::hours(1)).bottleneck;
    return bottleneck == jobs::Bottleneck::unknown ? "" : jobs::name_of(bottleneck);
  }

  [[nodiscard]] std::string first_failure() const { return failures_.empty() ? "there is none" : failures_.front(); }

  [[nodiscard]] Calibration result(const Measured& alone, const Measured& together) {
    Calibration calibration;
    Speed& speed = calibration.speed;
    calibration.is_measured = options_.may_store;
    speed.alone = speed.together = fit(alone.standing.rounds, alone.moving.rounds);
    speed.spread = least_spread;
    calibration.slow_side = alone.slow_side;
    if (together.pairs > 1) {
      std::vector<Measure> removals = alone.standing.removals;
      const Costs removal = fit(removals, {});
      speed.together = fit_together(speed.alone, removal, together.standing.stretches, together.moving.stretches, together.pairs);
      speed.pairs = together.pairs;
      calibration.slow_side = together.slow_side;
    }
    if (!options_.may_store) {
      speed.alone = times(speed.alone, with_storing);
      speed.together = times(speed.together, with_storing);
      speed.spread = assumed_spread;
    }
    calibration.notes = findings_.notes;
    if (!failures_.empty()) {
      calibration.notes.push_back(fmt::format("{} measurements failed; the first: {}", failures_.size(), failures_.front()));
    }
    return calibration;
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

Task<> run_stoppable(jobs::Migration& migration, const std::atomic<bool>& stop) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  bool is_over = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(timer.get_executor(), migration.run(), [&](std::exception_ptr exception) {
    is_over = true;
    thrown = exception;
  });
  while (!is_over) {
    if (stop) migration.stop();
    timer.expires_after(std::chrono::milliseconds(10));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  if (thrown) std::rethrow_exception(thrown);
}

Task<Result<Calibration>> calibrate(std::vector<jobs::Job> jobs, ledger::Ledger& scratch, CalibrationOptions options,
                                    const std::atomic<bool>& stop) {
  Calibrator calibrator(std::move(jobs), scratch, options, stop);
  co_return co_await calibrator.run();
}

}  // namespace godwit::estimate
