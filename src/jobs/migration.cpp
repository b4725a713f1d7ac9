// SPDX-License-Identifier: Apache-2.0
#include "jobs/migration.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <tuple>

#include "jobs/workers.h"
#include "limits/limited.h"
#include "limits/reserve_pair.h"
#include "report/account_report.h"

namespace godwit::jobs {
namespace {

using namespace boost::asio::experimental::awaitable_operators;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds look_interval{100};
constexpr milliseconds sample_interval{1000};
constexpr milliseconds look_ahead_interval{5000};
constexpr std::uint64_t least_in_flight = std::uint64_t{1} << 20;
constexpr milliseconds longest_pause{std::chrono::minutes(30)};
// An account that a server keeps away for longer gives its place to others.
constexpr std::chrono::minutes longest_wait{15};

// What one account may hold in memory, of what all of them may.
sync::RoundOptions shared_among(sync::RoundOptions options, std::size_t accounts) {
  options.bytes_in_flight = std::max(least_in_flight, options.bytes_in_flight / std::max<std::size_t>(1, accounts));
  options.batch_bytes = std::min(options.batch_bytes, options.bytes_in_flight / 2);
  return options;
}

// Not for connections that somebody else of the same migration uses well, and not by order.
std::chrono::nanoseconds waited_for_limits(limits::HostLimits& host) {
  using limits::Obstacle;
  const limits::HostState state = host.state();
  std::chrono::nanoseconds waited{};
  for (const Obstacle obstacle : {Obstacle::window, Obstacle::day_budget, Obstacle::back_off, Obstacle::rate}) {
    waited += state.waited_for(obstacle);
  }
  return waited;
}

bool may_pass(const Error& error) {
  const Reaction reaction = reaction_to(error.kind);
  return reaction == Reaction::reconnect || reaction == Reaction::retry_later;
}

}  // namespace

std::unique_ptr<Work> make_round(WorkPlace place) {
  class RoundWork : public Work {
   public:
    explicit RoundWork(WorkPlace place)
        : round_(place.source, place.target, place.ledger, std::move(place.options), place.stop, std::move(place.on_event)) {}
    Task<sync::RoundResult> run() override { return round_.run(); }
    sync::Progress progress() const override { return round_.progress(); }

   private:
    sync::Round round_;
  };
  return std::make_unique<RoundWork>(std::move(place));
}

class Migration::Impl {
 public:
  Impl(std::vector<Job> jobs, ledger::Ledger& ledger, MigrationOptions options, Observer& observer)
      : ledger_(ledger),
        options_(std::move(options)),
        round_options_(shared_among(options_.round, std::min(options_.accounts_at_once, jobs.size()))),
        observer_(observer),
        calendar_(options_.waves, options_.held_waves, options_.clock) {
    for (Job& job : jobs) {
      auto entry = std::make_unique<Entry>();
      entry->status.name = job.name;
      entry->status.wave = job.wave;
      entry->place = entries_.size();
      entry->wave = calendar_.place_of(job.wave);
      entry->job = std::move(job);
      for (const auto& host : {entry->job.source_limits, entry->job.target_limits}) {
        if (host) hosts_.insert(host);
      }
      in_order_.push_back(entry.get());
      entries_.push_back(std::move(entry));
    }
    const auto rank = [](const Entry* entry) { return std::tuple(entry->job.wave_order, -entry->job.priority, entry->place); };
    std::ranges::sort(in_order_, {}, rank);
    workers_ = std::make_unique<Workers>(options_.threads);
    running_on_.resize(workers_->size());
    look_at_waves();
  }

  Task<> run() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    auto last_sample = steady_clock::now() - sample_interval;
    auto next_look_ahead = steady_clock::now() + sample_interval;
    while (true) {
      keep_calendar();
      start_due();
      const bool is_over = this->is_over();
      const auto now = steady_clock::now();
      if (is_over || now - last_sample >= sample_interval) {
        take_sample();
        last_sample = now;
      }
      if (is_over) co_return;
      if (now >= next_look_ahead) {
        look_ahead();
        next_look_ahead = steady_clock::now() + look_ahead_interval;
      }
      timer.expires_after(look_interval);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    stop_running();
  }

  void pause() {
    const std::lock_guard lock(mutex_);
    is_paused_ = true;
    stop_running();
  }

  void resume() {
    {
      const std::lock_guard lock(mutex_);
      is_paused_ = false;
    }
    start_due();
  }

  bool hold(std::string_view name) {
    const std::lock_guard lock(mutex_);
    Entry* const entry = find(name);
    if (entry == nullptr || is_over_now(*entry)) return false;
    entry->status.is_held = true;
    entry->stop = true;
    return true;
  }

  bool release(std::string_view name) {
    {
      const std::lock_guard lock(mutex_);
      Entry* const entry = find(name);
      if (entry == nullptr) return false;
      entry->status.is_held = false;
    }
    start_due();
    return true;
  }

  bool cancel(std::string_view name) {
    const std::lock_guard lock(mutex_);
    Entry* const entry = find(name);
    if (entry == nullptr || is_over_now(*entry)) return false;
    if (entry->status.state == State::running) {
      entry->is_canceled = entry->stop = true;
    } else {
      entry->status.state = State::canceled;
    }
    return true;
  }

  bool retry(std::string_view name) {
    {
      const std::lock_guard lock(mutex_);
      Entry* const entry = find(name);
      if (entry == nullptr || entry->status.state == State::running) return false;
      entry->status.state = State::waiting;
      entry->status.attempts = 0;
      entry->status.next_attempt.reset();
    }
    start_due();
    return true;
  }

  void open_wave(const std::string& wave) {
    {
      const std::lock_guard lock(mutex_);
      calendar_.open(wave);
      look_at_waves();
    }
    start_due();
  }

  std::set<std::string> held_waves() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> held;
    for (const auto& entry : entries_) {
      if (!is_over_now(*entry) && calendar_.is_held(entry->job.wave)) held.insert(entry->job.wave);
    }
    return held;
  }

  std::set<std::string> ended_waves() const {
    const std::lock_guard lock(mutex_);
    return calendar_.ended();
  }

  Snapshot snapshot(Which which) const {
    const std::lock_guard lock(mutex_);
    Snapshot snapshot;
    snapshot.command = options_.command;
    for (const auto& entry : entries_) {
      ++snapshot.counts.at(static_cast<std::size_t>(entry->status.state));
      if (which == Which::all || entry->status.state == State::running) snapshot.jobs.push_back(status_of(*entry));
    }
    snapshot.waves = waiting_waves();
    snapshot.is_paused = is_paused_;
    snapshot.rates = timeline_.recent();
    const Moment now = this->now();
    snapshot.messages_done = now.messages_done;
    snapshot.bytes_done = now.bytes_done;
    snapshot.left = left_;
    return snapshot;
  }

  std::optional<JobStatus> status(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = find(name);
    return entry == nullptr ? std::nullopt : std::optional(status_of(*entry));
  }

  std::vector<Moment> timeline() const {
    const std::lock_guard lock(mutex_);
    return timeline_.points();
  }

 private:
  struct Entry {
    Job job;
    JobStatus status;
    std::size_t place = 0;  // in the order in which they were given
    std::size_t worker = 0;
    std::size_t wave = 0;   // its place in the calendar
    std::atomic<bool> stop = false;
    bool is_canceled = false;
    bool needs_somebody = false;  // as the last work says
    std::optional<system_clock::time_point> set_aside_until;  // while it runs: a server keeps it away, and others go on
  };

  // All of these with the mutex held.
  Entry* find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, [](const auto& entry) -> std::string_view { return entry->status.name; });
    return found == entries_.end() ? nullptr : found->get();
  }
  static bool is_over_now(const Entry& entry) { return jobs::is_over(entry.status.state); }
  void stop_running() {
    for (const auto& entry : entries_) {
      if (entry->status.state == State::running) entry->stop = true;
    }
  }
  bool may_start(const Entry& entry, system_clock::time_point now) const {
    return entry.status.state == State::waiting && !entry.status.is_held && !waits_.at(entry.wave) &&
           (!entry.status.next_attempt || *entry.status.next_attempt <= now) && !busy_targets_.contains(entry.job.identity.target);
  }
  JobStatus status_of(const Entry& entry) const {
    JobStatus status = entry.status;
    if (!is_over_now(entry)) status.wait = waits_.at(entry.wave);
    return status;
  }
  std::vector<WaveStatus> waiting_waves() const {
    std::vector<WaveStatus> waves(waits_.size());
    for (const auto& entry : entries_) {
      if (!is_over_now(*entry)) ++waves.at(entry->wave).accounts;
    }
    for (std::size_t place = 0; place < waves.size(); ++place) {
      waves[place].name = calendar_.name(place);
      waves[place].wait = waits_[place];
    }
    std::erase_if(waves, [](const WaveStatus& wave) { return wave.accounts == 0 || !wave.wait; });
    return waves;
  }
  // An account that is held by order does not keep the next wave waiting.
  void look_at_waves() {
    using Accounts = WaveCalendar::Accounts;
    std::vector<Accounts> accounts;
    for (const auto& entry : entries_) {
      if (entry->wave >= accounts.size()) accounts.resize(entry->wave + 1, Accounts::absent);
      const bool is_left = !is_over_now(*entry) && (!entry->status.is_held || entry->status.state == State::running);
      accounts[entry->wave] = std::max(accounts[entry->wave], is_left ? Accounts::left : Accounts::over);
    }
    waits_ = calendar_.look(accounts);
  }
  Moment now() const {
    Moment moment = before_;
    moment.time = system_clock::now();
    moment.limits_waited = limits_waited_;
    for (const auto& entry : entries_) {
      if (entry->status.state != State::running) continue;
      ++moment.running;
      add(entry->status.progress, moment);
    }
    return moment;
  }
  static void add(const sync::Progress& progress, Moment& to) {
    to.messages_done += progress.messages_done;
    to.bytes_done += progress.bytes_done;
    to.source_waited += progress.source_waited;
    to.target_waited += progress.target_waited;
  }

  // Accounts whose wave's window has closed stop at the next message, and wait for the next one.
  void keep_calendar() {
    const std::lock_guard lock(mutex_);
    look_at_waves();
    for (const auto& entry : entries_) {
      if (entry->status.state != State::running) continue;
      entry->set_aside_until = kept_away_until(entry->job);
      if (entry->set_aside_until || waits_.at(entry->wave)) entry->stop = true;
    }
  }
  static std::optional<system_clock::time_point> kept_away_until(const Job& job) {
    std::optional<system_clock::time_point> until;
    for (const auto& host : {job.source_limits, job.target_limits}) {
      if (!host) continue;
      const auto account = host->account(job.name);
      until = std::max(until, host->kept_away_until(*account));
    }
    return until && *until > system_clock::now() + longest_wait ? until : std::nullopt;
  }

  void take_sample() {
    std::chrono::nanoseconds limits_waited{};
    for (const auto& host : hosts_) limits_waited += waited_for_limits(*host);
    const std::lock_guard lock(mutex_);
    limits_waited_ = limits_waited;
    timeline_.add(now());
  }

  void look_ahead() {
    if (!options_.foresee) return;
    const auto left = options_.foresee(snapshot(Which::all));  // it takes its time, without the mutex
    const std::lock_guard lock(mutex_);
    left_ = left;
  }

  // Nothing runs, and nothing will without an order that only another process could give, or without another run.
  bool is_over() const {
    const std::lock_guard lock(mutex_);
    if (running_ > 0) return false;
    if (is_stopping_) return true;
    if (is_paused_) return false;
    return std::ranges::all_of(entries_, [this](const auto& entry) {
      return is_over_now(*entry) || (waits_.at(entry->wave).is_stuck && !entry->status.is_held);
    });
  }

  void start_due() {
    for (Entry* const entry : take_due()) {
      // It may run at once, before this returns.
      boost::asio::co_spawn(workers_->at(entry->worker), run_job(*entry), [this, entry](std::exception_ptr thrown) {
        if (thrown) end_with_defect(*entry, thrown);
        start_due();
      });
    }
  }

  std::vector<Entry*> take_due() {
    std::vector<Entry*> due;
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || is_paused_) return due;
    const auto now = system_clock::now();
    for (Entry* const entry : in_order_) {
      if (running_ >= options_.accounts_at_once) break;
      if (!may_start(*entry, now)) continue;
      note_begin(*entry);
      due.push_back(entry);
    }
    return due;
  }

  void note_begin(Entry& entry) {
    entry.worker = static_cast<std::size_t>(std::ranges::min_element(running_on_) - running_on_.begin());
    ++running_on_[entry.worker];
    ++running_;
    busy_targets_.insert(entry.job.identity.target);
    entry.stop = entry.is_canceled = false;
    entry.status.state = State::running;
    entry.status.progress = {};
    entry.status.began = system_clock::now();
    entry.status.ended.reset();
    entry.status.next_attempt.reset();
    entry.set_aside_until.reset();
  }

  Task<> run_job(Entry& entry) {
    sync::RoundResult result = co_await run_round(entry);
    std::optional<report::Verdict> verdict;
    const bool is_usable = !result.error || result.error->kind != ErrorKind::storage;
    if (is_usable && !options_.is_pre_stage) verdict = co_await report::judge(ledger_, entry.job.identity);
    end(entry, std::move(result), std::move(verdict));
  }

  Task<sync::RoundResult> run_round(Entry& entry) {
    sync::RoundResult result;
    const Job& job = entry.job;
    auto inner_source = job.source();
    auto inner_target = job.target();
    if (!inner_source || !inner_target) {
      result.error = !inner_source ? std::move(inner_source).error().at("source") : std::move(inner_target).error().at("target");
      co_return result;
    }
    const auto reserved = co_await reserve(entry);
    if (!reserved) {
      result.error = reserved.error();
      co_return result;
    }
    const auto source = limits::make_limited_source(*std::move(inner_source), job.source_limits, job.name, job.priority, entry.stop);
    const auto target = limits::make_limited_target(*std::move(inner_target), job.target_limits, job.name, job.priority, entry.stop);
    sync::RoundOptions options = round_options_;
    options.lanes = reserved->lanes();
    options.rules = options.rules.for_account(job.name);
    const auto on_event = [this, &entry](const sync::Event& event) { tell(entry, event); };
    const auto work = options_.work({job, *source, *target, ledger_, std::move(options), entry.stop, on_event});
    Observation observation(co_await boost::asio::this_coro::executor);
    co_await (run_to_end(*work, result, observation) && observe(entry, *work, observation));
    entry.needs_somebody = work->needs_somebody(result);
    co_return result;
  }

  // As many connections to both servers as are free, up to what one account may have.
  Task<Result<limits::PairReservation>> reserve(Entry& entry) {
    const Job& job = entry.job;
    const auto asker = [&](const std::shared_ptr<limits::HostLimits>& at) {
      return limits::Asker{at->account(job.name), job.priority, &entry.stop};
    };
    return limits::reserve_pair(job.source_limits, asker(job.source_limits), job.target_limits, asker(job.target_limits),
                                static_cast<unsigned>(round_options_.lanes));
  }

  struct Observation {
    explicit Observation(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}
    boost::asio::steady_timer timer;
    bool is_over = false;
  };
  static Task<> run_to_end(Work& work, sync::RoundResult& result, Observation& observation) {
    result = co_await work.run();
    observation.is_over = true;
    observation.timer.cancel();
  }
  // Shows other threads how far it is, until it has ended.
  Task<> observe(Entry& entry, const Work& work, Observation& observation) {
    boost::system::error_code ignored;
    while (!observation.is_over) {
      {
        const std::lock_guard lock(mutex_);
        entry.status.progress = work.progress();
      }
      observation.timer.expires_after(look_interval);
      co_await observation.timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    const std::lock_guard lock(mutex_);
    entry.status.progress = work.progress();
  }

  void tell(Entry& entry, const sync::Event& event) {
    const JobStatus status = [&] {
      const std::lock_guard lock(mutex_);
      if (event.kind == sync::Event::Kind::warning) entry.status.last_warning = event.text;
      return entry.status;
    }();
    const std::lock_guard lock(observer_mutex_);
    observer_.event(status, event);
  }

  void end_with_defect(Entry& entry, std::exception_ptr thrown) {
    sync::RoundResult result;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      result.error = Error{ErrorKind::bug, error.what(), {}, {}};
    }
    end(entry, std::move(result), std::nullopt);
  }

  void end(Entry& entry, sync::RoundResult result, std::optional<report::Verdict> verdict) {
    const JobStatus status = note_end(entry, std::move(result), std::move(verdict));
    const std::lock_guard lock(observer_mutex_);
    observer_.ended(status);
  }

  JobStatus note_end(Entry& entry, sync::RoundResult result, std::optional<report::Verdict> verdict) {
    const std::lock_guard lock(mutex_);
    JobStatus& status = entry.status;
    add(status.progress, before_);
    --running_;
    busy_targets_.erase(entry.job.identity.target);
    --running_on_[entry.worker];
    result.problems = {};
    status.error = std::move(result.error);
    result.error.reset();
    status.result = std::move(result);
    status.verdict = std::move(verdict);
    status.ended = system_clock::now();
    status.state = state_after(entry);
    return status_of(entry);
  }

  State state_after(Entry& entry) const {
    JobStatus& status = entry.status;
    if (!status.error) {
      status.attempts = 0;
      if (entry.needs_somebody) return State::incomplete;
      return options_.is_pre_stage ? State::pre_staged : State::moved;
    }
    if (status.error->kind == ErrorKind::canceled) {
      status.error.reset();
      status.next_attempt = entry.set_aside_until;
      return entry.is_canceled ? State::canceled : State::waiting;
    }
    if (const auto until = kept_away_until(entry.job)) {  // a lock-out that the server has told is no failed attempt
      status.next_attempt = until;
      return State::waiting;
    }
    ++status.attempts;
    if (!may_pass(*status.error) || status.attempts >= options_.attempts) return State::failed;
    const auto pause = std::min(longest_pause, options_.first_pause * (1 << std::min(status.attempts - 1, 10)));
    status.next_attempt = system_clock::now() + pause;
    return State::waiting;
  }

  ledger::Ledger& ledger_;
  MigrationOptions options_;
  const sync::RoundOptions round_options_;
  Observer& observer_;
  std::mutex observer_mutex_;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Entry*> in_order_;
  std::size_t running_ = 0;
  std::vector<int> running_on_;  // by worker
  std::set<std::string> busy_targets_;  // several sources may go into one target, one after the other
  bool is_stopping_ = false, is_paused_ = false;
  WaveCalendar calendar_;
  std::vector<WaveWait> waits_;  // by place in the calendar, as it was last looked at
  Timeline timeline_;
  std::optional<TimeLeft> left_;
  Moment before_;  // sums over the rounds that have ended
  std::set<std::shared_ptr<limits::HostLimits>> hosts_;
  std::chrono::nanoseconds limits_waited_{};  // at the last sample

  std::unique_ptr<Workers> workers_;  // last: its end waits for what runs, which uses all of the above
};

Migration::Migration(std::vector<Job> jobs, ledger::Ledger& ledger, MigrationOptions options, Observer& observer)
    : impl_(std::make_unique<Impl>(std::move(jobs), ledger, std::move(options), observer)) {}
Migration::~Migration() { impl_->stop(); }

Task<> Migration::run() { return impl_->run(); }
void Migration::stop() { impl_->stop(); }
void Migration::pause() { impl_->pause(); }
void Migration::resume() { impl_->resume(); }
bool Migration::hold(std::string_view name) { return impl_->hold(name); }
bool Migration::release(std::string_view name) { return impl_->release(name); }
bool Migration::cancel(std::string_view name) { return impl_->cancel(name); }
bool Migration::retry(std::string_view name) { return impl_->retry(name); }
void Migration::open_wave(const std::string& wave) { impl_->open_wave(wave); }
std::set<std::string> Migration::held_waves() const { return impl_->held_waves(); }
std::set<std::string> Migration::ended_waves() const { return impl_->ended_waves(); }
Snapshot Migration::snapshot(Which which) const { return impl_->snapshot(which); }
std::optional<JobStatus> Migration::status(std::string_view name) const { return impl_->status(name); }
std::vector<Moment> Migration::timeline() const { return impl_->timeline(); }

}  // namespace godwit::jobs
