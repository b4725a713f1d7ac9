// SPDX-License-Identifier: Apache-2.0
#include "limits/host_limits.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>

#include "limits/waiter.h"

namespace godwit::limits {
namespace {

namespace asio = boost::asio;

// A stated time longer than this is not believed.
constexpr std::chrono::nanoseconds longest_back_off = std::chrono::hours(24);

// So many accounts that are told to wait, one after the other, are about the server.
constexpr std::size_t accounts_that_tell = 3;

Result<> check(const std::string& host, const HostSettings& settings) {
  if (!std::isfinite(settings.messages_per_second) || settings.messages_per_second < 0) {
    return fail(ErrorKind::usage, host + ": messages per second must be a number from 0 (no limit) up");
  }
  if (settings.breaker.failures == 0) {
    return fail(ErrorKind::usage, host + ": the number of failures after which connections are held must be 1 or more");
  }
  return {};
}

}  // namespace

Permit::Permit(Permit&& other) noexcept
    : limits_(std::move(other.limits_)),
      account_(std::move(other.account_)),
      probe_(other.probe_),
      is_trial_(other.is_trial_),
      is_connected_(other.is_connected_) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(account_, other.account_);
  std::swap(probe_, other.probe_);
  std::swap(is_trial_, other.is_trial_);
  std::swap(is_connected_, other.is_connected_);
  return *this;
}

void Permit::connected() {
  if (limits_) limits_->connected(*this);
}
bool Permit::failed(const Error& error) {
  const auto limits = std::exchange(limits_, nullptr);
  return limits && limits->failed(*this, error);
}
void Permit::release() {
  if (const auto limits = std::exchange(limits_, nullptr)) limits->release(*this);
}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(account_, other.account_);
  std::swap(count_, other.count_);
  return *this;
}
void Reservation::keep(unsigned most) {
  if (!limits_ || count_ <= most) return;
  limits_->give_back(account_, count_ - most);
  count_ = most;
}

Result<std::shared_ptr<HostLimits>> HostLimits::make(std::string host, HostSettings settings, Clock clock) {
  GODWIT_CHECK(check(host, settings));
  const auto zone = Zone::of(settings.time_zone);
  auto windows = zone ? WeeklyWindows::of(settings.windows, *zone) : std::unexpected(zone.error());
  if (!windows) return std::unexpected(std::move(windows).error().at(host));
  settings.meters_traffic = settings.meters_traffic || settings.bytes_per_second > 0 || settings.messages_per_second > 0 ||
                            settings.bytes_per_day > 0 || settings.bytes_per_day_per_account > 0 || !settings.windows.empty();
  return std::shared_ptr<HostLimits>(new HostLimits(std::move(host), std::move(settings), *std::move(windows), std::move(clock)));
}

HostLimits::HostLimits(std::string host, HostSettings settings, WeeklyWindows windows, Clock clock)
    : host_(std::move(host)),
      settings_(std::move(settings)),
      clock_(std::move(clock)),
      bytes_(static_cast<double>(settings_.bytes_per_second)),
      messages_(settings_.messages_per_second),
      gate_(std::move(windows), settings_.bytes_per_day),
      seats_(settings_.connections, settings_.connections_per_account, settings_.learning),
      breaker_(settings_.breaker) {}

AccountHandle HostLimits::account(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(name);
  if (found != accounts_.end()) return found->second;
  auto made = std::make_shared<LimitedAccount>(seats_.account(), settings_.bytes_per_day_per_account);
  return accounts_.emplace(name, std::move(made)).first->second;
}

TimePoint HostLimits::count(LimitedAccount& account, Direction direction, std::uint64_t bytes, std::uint64_t messages) noexcept {
  if (account.budget.add(bytes)) account.may_be_used_up.store(true, std::memory_order_relaxed);
  return count(direction, bytes, messages);
}

TimePoint HostLimits::count(Direction direction, std::uint64_t bytes, std::uint64_t messages) noexcept {
  Counter& counter = direction == Direction::in ? in_ : out_;
  counter.bytes.fetch_add(bytes, std::memory_order_relaxed);
  counter.messages.fetch_add(messages, std::memory_order_relaxed);
  gate_.add_bytes(bytes);
  if (!bytes_.is_limited() && !messages_.is_limited()) return TimePoint::min();
  const TimePoint now = clock_.now();
  return std::max(bytes_.take(now, bytes), messages_.take(now, messages));
}

bool HostLimits::may_go_on(const LimitedAccount& account, TimePoint due) const noexcept {
  const TimePoint now = clock_.now();
  const bool is_used_up = account.may_be_used_up.load(std::memory_order_relaxed);
  return due <= now && !is_used_up && held_until(account) <= now && gate_.is_surely_open(now);
}

template <class Look>
Task<Result<>> HostLimits::wait_while(Asker asker, Look look) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  Obstruction found;
  for (TimePoint since = clock_.now();;) {
    const TimePoint now = clock_.now();
    {
      const std::lock_guard lock(mutex_);
      note_wait(found.obstacle, now - std::exchange(since, now));
      found = look(now);
    }
    if (!found) co_return Result<>{};
    if (asker.is_stopped()) co_return std::unexpected(stopped());
    boost::system::error_code ignored;
    timer.expires_after(std::chrono::duration_cast<TimePoint::duration>(sleep_until(found.until, now)));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

Task<Result<>> HostLimits::wait_to_go_on(Asker asker, TimePoint due) {
  LimitedAccount& account = *asker.account;
  co_return co_await wait_while(std::move(asker), [this, due, &account](TimePoint now) -> Obstruction {
    if (const Obstruction found = gate_.look(now, clock_.wall())) return found;
    if (const Obstruction found = account_obstruction(account, now)) return found;
    return now < due ? Obstruction{Obstacle::rate, due} : Obstruction{};
  });
}

Task<Result<>> HostLimits::wait_until_paid(Asker asker, TimePoint due) {
  co_return co_await wait_while(std::move(asker), [due](TimePoint now) {
    return now < due ? Obstruction{Obstacle::rate, due} : Obstruction{};
  });
}

std::chrono::nanoseconds HostLimits::sleep_until(TimePoint time, TimePoint now) const {
  const bool is_far = time <= now || time - clock_.longest_sleep >= now;
  return is_far ? clock_.longest_sleep : time - now;
}

Obstruction HostLimits::account_obstruction(LimitedAccount& account, TimePoint now) {
  if (account.may_be_used_up.exchange(false, std::memory_order_relaxed)) {
    const WallTime wall = clock_.wall();
    if (const auto midnight = account.budget.used_up_until(wall)) {
      account.may_be_used_up.store(true, std::memory_order_relaxed);
      return {Obstacle::day_budget, now + std::chrono::duration_cast<TimePoint::duration>(*midnight - wall)};
    }
  }
  return now < held_until(account) ? Obstruction{Obstacle::back_off, held_until(account)} : Obstruction{};
}

void HostLimits::note(LimitedAccount& account, const Error& error) {
  if (!error.retry_after) return;
  const std::chrono::nanoseconds time = std::min<std::chrono::nanoseconds>(*error.retry_after, longest_back_off);
  const TimePoint::rep until = (clock_.now() + time).time_since_epoch().count();
  TimePoint::rep before = account.held_until.load(std::memory_order_relaxed);
  while (before < until && !account.held_until.compare_exchange_weak(before, until, std::memory_order_relaxed)) continue;
}

void HostLimits::back_off(std::chrono::nanoseconds time) {
  const std::lock_guard lock(mutex_);
  gate_.back_off_until(clock_.now() + std::min(time, longest_back_off));
}

void HostLimits::set_paused(bool is_paused) {
  const std::lock_guard lock(mutex_);
  gate_.pause(is_paused);
  serve_line(clock_.now());
}

void HostLimits::connected(Permit& permit) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  permit.is_connected_ = true;
  seats_.established(permit.account_->seats, now);
  breaker_.succeeded();
  told_to_wait_.clear();
  serve_line(now);
}

bool HostLimits::failed(Permit& permit, const Error& error) {
  const TimePoint now = clock_.now();
  note(*permit.account_, error);
  const std::lock_guard lock(mutex_);
  Seats::Account& seats = permit.account_->seats;
  seats_.failed(seats);
  bool knows_more = false;
  switch (error.kind) {
    case ErrorKind::network:
    case ErrorKind::timeout:
    case ErrorKind::tls:
      breaker_.failed(now, permit.is_trial_, describe(error));
      break;
    case ErrorKind::canceled:
    case ErrorKind::usage:
    case ErrorKind::storage:
    case ErrorKind::bug:
      breaker_.abandoned(permit.is_trial_);
      break;
    default:  // it has answered
      breaker_.succeeded();
      if (error.retry_after) note_told_to_wait(*permit.account_, *error.retry_after, now);
      knows_more = error.retry_after || (error.kind == ErrorKind::unavailable && seats_.refused(seats, permit.probe_, now));
  }
  serve_line(now);
  return knows_more && seats.open() == 0;
}

void HostLimits::note_told_to_wait(const LimitedAccount& account, std::chrono::nanoseconds time, TimePoint now) {
  if (time >= longest_back_off) return;  // from which single accounts are locked out, as at Google
  if (std::ranges::find(told_to_wait_, &account) == told_to_wait_.end()) told_to_wait_.push_back(&account);
  if (told_to_wait_.size() < accounts_that_tell) return;
  gate_.back_off_until(now + std::min(time, longest_back_off));
  told_to_wait_.clear();
}

void HostLimits::release(Permit& permit) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (permit.is_connected_) {
    seats_.closed(permit.account_->seats);
  } else {
    seats_.failed(permit.account_->seats);
    breaker_.abandoned(permit.is_trial_);
  }
  serve_line(now);
}

void HostLimits::give_back(const AccountHandle& account, unsigned count) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  seats_.give_back(account->seats, count);
  serve_line(now);
}

DayUse HostLimits::day_use() {
  const std::lock_guard lock(mutex_);
  return gate_.day_use(clock_.wall());
}

void HostLimits::preset_day_use(DayUse use) {
  const std::lock_guard lock(mutex_);
  gate_.preset_day_use(use, clock_.wall());
}

DayUse HostLimits::day_use(LimitedAccount& account) {
  const std::lock_guard lock(mutex_);
  return account.budget.use(clock_.wall());
}

void HostLimits::preset_day_use(LimitedAccount& account, DayUse use) {
  const std::lock_guard lock(mutex_);
  account.budget.preset(use, clock_.wall());
  account.may_be_used_up.store(true, std::memory_order_relaxed);
}

std::optional<WallTime> HostLimits::kept_away_until(LimitedAccount& account) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const Obstruction found = account_obstruction(account, now);
  if (!found) return std::nullopt;
  return clock_.wall() + std::chrono::duration_cast<WallTime::duration>(found.until - now);
}

std::optional<WallTime> HostLimits::next_opening() {
  const std::lock_guard lock(mutex_);
  return gate_.windows().next_opening(clock_.wall());
}

HostState HostLimits::state() {
  const TimePoint now = clock_.now();
  const WallTime wall = clock_.wall();
  const auto at = [&](TimePoint time) { return wall + std::chrono::duration_cast<WallTime::duration>(time - now); };
  const std::lock_guard lock(mutex_);
  HostState state;
  state.host = host_;
  state.in = in_.now();
  state.out = out_.now();
  state.connections_open = seats_.open();
  state.connections_wanted = seats_.open() + static_cast<unsigned>(line_.size());
  state.connections_taken = seats_.taken();
  state.connections_learned = seats_.cap().learned();
  const Obstruction found = host_obstruction(now);
  state.stopped_by = found.obstacle;
  if (found && found.until != TimePoint::max()) state.stopped_until = at(found.until);
  state.today = gate_.day_use(wall);
  state.breaker = {breaker_.state(), std::nullopt, breaker_.failures(), breaker_.why()};
  if (breaker_.state() == Breaker::State::open) state.breaker.open_until = at(breaker_.open_until());
  for (const auto& [name, account] : accounts_) {
    if (const Obstruction away = account_obstruction(*account, now)) state.accounts_backing_off.emplace_back(name, at(away.until));
  }
  state.waited = waited_;
  return state;
}

}  // namespace godwit::limits
