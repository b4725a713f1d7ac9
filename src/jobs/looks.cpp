// SPDX-License-Identifier: Apache-2.0
#include "jobs/looks.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <optional>

#include "jobs/look_host.h"
#include "jobs/workers.h"
#include "limits/reserve_pair.h"

namespace godwit::jobs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_interval{50};

bool may_pass(const Error& error) {
  const Reaction reaction = reaction_to(error.kind);
  return reaction == Reaction::reconnect || reaction == Reaction::retry_later;
}

Task<> sleep_for(milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

class Looks::Impl {
 public:
  Impl(std::span<const Job> jobs, LookOptions options, Look look, OnEnd on_end)
      : jobs_(jobs), options_(options), look_(std::move(look)), on_end_(std::move(on_end)), accounts_(jobs.size()) {
    for (const Job& job : jobs) {
      for (const auto& limits : {job.source_limits, job.target_limits}) {
        if (!hosts_.contains(limits.get())) hosts_[limits.get()] = std::make_unique<LookHost>(limits, options.patience);
      }
    }
  }

  Task<> run() {
    workers_ = std::make_unique<Workers>(options_.threads);
    walking_ = std::min(options_.accounts_at_once, jobs_.size());
    for (std::size_t i = 0, count = walking_; i < count; ++i) {
      boost::asio::co_spawn(workers_->at(i % workers_->size()), walk(), [this](std::exception_ptr thrown) {
        const std::lock_guard lock(mutex_);
        if (thrown && !thrown_) thrown_ = thrown;
        --walking_;
      });
    }
    while (is_walking()) {
      for (const auto& [limits, host] : hosts_) host->look();
      co_await sleep_for(look_interval);
    }
    if (thrown_) std::rethrow_exception(thrown_);
  }

  void stop() {
    stop_ = true;
    for (const auto& [limits, host] : hosts_) host->stop();
  }

  LookSnapshot snapshot() const {
    const std::lock_guard lock(mutex_);
    LookSnapshot snapshot{.accounts = jobs_.size(), .done = done_, .failed = failed_, .messages = 0, .bytes = 0, .running = {}};
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
      snapshot.messages += accounts_[i].messages;
      snapshot.bytes += accounts_[i].bytes;
      if (accounts_[i].is_running) snapshot.running.push_back(jobs_[i].name);
    }
    return snapshot;
  }

 private:
  struct Account {
    bool is_running = false;
    std::uint64_t messages = 0, bytes = 0;
  };

  bool is_walking() const {
    const std::lock_guard lock(mutex_);
    return walking_ > 0;
  }

  // One account after the other, as they come.
  Task<> walk() {
    while (const auto index = take_next()) {
      const Result<> result = co_await look_until_settled(*index);
      end(*index, result);
    }
  }

  std::optional<std::size_t> take_next() {
    const std::lock_guard lock(mutex_);
    if (stop_ || next_ == jobs_.size()) return std::nullopt;
    accounts_[next_].is_running = true;
    return next_++;
  }

  Task<Result<>> look_until_settled(std::size_t index) {
    auto pause = options_.first_pause;
    for (int attempt = 1;; ++attempt) {
      Result<> result = co_await look_safely(index);
      if (result || !may_pass(result.error()) || attempt >= options_.attempts || is_given_up(jobs_[index])) co_return result;
      co_await wait(pause);
      if (stop_) co_return fail(ErrorKind::canceled, "stopped");
      pause *= 2;
    }
  }

  Task<> wait(milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stop_ && std::chrono::steady_clock::now() < end) co_await sleep_for(std::min(time, look_interval));
  }

  // A defect in one look must not end the others.
  Task<Result<>> look_safely(std::size_t index) {
    try {
      co_return co_await look_once(index);
    } catch (const std::exception& error) {
      co_return fail(ErrorKind::bug, error.what());
    }
  }

  Task<Result<>> look_once(std::size_t index) {
    const Job& job = jobs_[index];
    auto inner_source = job.source();
    if (!inner_source) co_return std::unexpected(std::move(inner_source).error().at("source"));
    auto inner_target = job.target();
    if (!inner_target) co_return std::unexpected(std::move(inner_target).error().at("target"));
    limits::PairReservation reserved;
    if (options_.opens_target && !is_given_up(job)) {
      auto promised = co_await limits::reserve_pair(job.source_limits, asker(job, job.source_limits), job.target_limits,
                                                    asker(job, job.target_limits), 1);
      if (promised) reserved = *std::move(promised);
      else if (!is_given_up(job)) co_return std::unexpected(promised.error());  // else the other side is looked at alone
    }
    const auto source = make_looking_source(*std::move(inner_source), host_at(job.source_limits), job.name, job.priority);
    const auto target = make_looking_target(*std::move(inner_target), host_at(job.target_limits), job.name, job.priority);
    const auto on_progress = [this, index](std::uint64_t messages, std::uint64_t bytes) {
      const std::lock_guard lock(mutex_);
      accounts_[index].messages = messages;
      accounts_[index].bytes = bytes;
    };
    co_return co_await look_({index, job, *source, *target, stop_, on_progress});
  }

  LookHost& host_at(const std::shared_ptr<limits::HostLimits>& limits) const { return *hosts_.at(limits.get()); }
  bool is_given_up(const Job& job) const {
    return host_at(job.source_limits).is_given_up() || (options_.opens_target && host_at(job.target_limits).is_given_up());
  }
  limits::Asker asker(const Job& job, const std::shared_ptr<limits::HostLimits>& at) const {
    return {at->account(job.name), job.priority, &host_at(at).stop_flag()};
  }

  void end(std::size_t index, const Result<>& result) {
    const bool is_stopped = !result && result.error().kind == ErrorKind::canceled;
    {
      const std::lock_guard lock(mutex_);
      accounts_[index].is_running = false;
      if (is_stopped) return;
      ++done_;
      if (!result) ++failed_;
    }
    const std::lock_guard lock(end_mutex_);
    on_end_(index, result);
  }

  const std::span<const Job> jobs_;
  const LookOptions options_;
  const Look look_;
  const OnEnd on_end_;
  std::map<const limits::HostLimits*, std::unique_ptr<LookHost>> hosts_;
  std::atomic<bool> stop_ = false;
  std::mutex end_mutex_;

  mutable std::mutex mutex_;
  std::vector<Account> accounts_;
  std::size_t next_ = 0, walking_ = 0, done_ = 0, failed_ = 0;
  std::exception_ptr thrown_;

  std::unique_ptr<Workers> workers_;  // last: its end waits for what is at work, which uses all of the above
};

Looks::Looks(std::span<const Job> jobs, LookOptions options, Look look, OnEnd on_end)
    : impl_(std::make_unique<Impl>(jobs, options, std::move(look), std::move(on_end))) {}
Looks::~Looks() { impl_->stop(); }

Task<> Looks::run() { return impl_->run(); }
void Looks::stop() { impl_->stop(); }
LookSnapshot Looks::snapshot() const { return impl_->snapshot(); }

}  // namespace godwit::jobs
