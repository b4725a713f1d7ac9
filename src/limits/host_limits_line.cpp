// SPDX-License-Identifier: Apache-2.0
// The line of those who wait for connections.
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "limits/waiter.h"

namespace godwit::limits {

namespace asio = boost::asio;

Task<Result<Permit>> HostLimits::acquire(Asker asker) {
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(asker));
  GODWIT_CO_CHECK(co_await wait_in_line(waiter));
  co_return std::move(waiter->permit);
}

Task<Result<Reservation>> HostLimits::reserve(Asker asker, unsigned least, unsigned most) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(asker));
  waiter->least = std::max(1U, least);
  waiter->most = std::max(waiter->least, most);
  GODWIT_CO_TRY(auto promised, co_await wait_for_promise(std::move(waiter)));
  co_return std::move(promised.front());
}

Task<Result<std::array<Reservation, 2>>> HostLimits::reserve_both(Asker asker, AccountHandle other, unsigned least, unsigned most) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(asker));
  waiter->other = std::move(other);
  waiter->least = std::max(1U, least);
  waiter->most = std::max(waiter->least, most);
  co_return co_await wait_for_promise(std::move(waiter));
}

Task<Result<std::array<Reservation, 2>>> HostLimits::wait_for_promise(std::shared_ptr<Waiter> waiter) {
  const unsigned needed = waiter->other ? 2 * waiter->least : waiter->least;
  const unsigned of_one = waiter->other == waiter->asker.account ? needed : waiter->least;
  const auto exceeds = [](unsigned wanted, unsigned set) { return set > 0 && wanted > set; };
  if (exceeds(needed, settings_.connections) || exceeds(of_one, settings_.connections_per_account)) {
    co_return fail(ErrorKind::usage, fmt::format("{}: {} connections are needed at once, {} of them for one account, and the limits are "
                                                 "{} and {} (0 is none); raise them",
                                                 host_, needed, of_one, settings_.connections, settings_.connections_per_account));
  }
  GODWIT_CO_CHECK(co_await wait_in_line(waiter));
  co_return std::move(waiter->promised);
}

Task<Result<>> HostLimits::wait_in_line(std::shared_ptr<Waiter> waiter) {
  class Place {  // is left even when the coroutine is destroyed
   public:
    Place(HostLimits& limits, const std::shared_ptr<Waiter>& who) : limits_(limits), waiter_(*who) { limits_.join(who); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { limits_.leave(waiter_); }

   private:
    HostLimits& limits_;
    Waiter& waiter_;
  };
  const Place place(*this, waiter);
  while (true) {
    GODWIT_CO_TRY(const auto sleep, look(*waiter));
    if (!sleep) co_return Result<>{};
    boost::system::error_code ignored;
    waiter->timer.expires_after(std::chrono::duration_cast<TimePoint::duration>(*sleep));
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void HostLimits::join(const std::shared_ptr<Waiter>& waiter) {
  waiter->since = clock_.now();
  const std::lock_guard lock(mutex_);
  auto place = line_.end();
  while (place != line_.begin() && (*std::prev(place))->asker.priority < waiter->asker.priority) --place;
  waiter->place = line_.insert(place, waiter);
}

void HostLimits::leave(Waiter& waiter) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (!waiter.place) return;
  line_.erase(*std::exchange(waiter.place, std::nullopt));
  serve_line(now);  // it may have kept those behind it waiting
}

Result<std::optional<std::chrono::nanoseconds>> HostLimits::look(Waiter& waiter) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto time = now - std::exchange(waiter.since, now);
  note_wait(waiter.obstruction.obstacle, time);
  if (waiter.obstruction.obstacle == Obstacle::connections) waiter.waited_for_seat += time;
  if (waiter.asker.is_stopped()) return std::unexpected(stopped());
  serve_line(now);
  if (!waiter.place) return std::nullopt;
  const bool may_wait_for_itself = !waiter.is_reservation() && waiter.asker.account->seats.taken() > 0;
  if (may_wait_for_itself && waiter.waited_for_seat >= settings_.patience) {
    return fail(ErrorKind::unavailable, fmt::format("{}: no further connection is to be had now; {} are open there, {} by this account",
                                                    host_, seats_.open(), waiter.asker.account->seats.open()));
  }
  return sleep_until(waiter.obstruction.until, now);
}

// Whoever waits for a seat that anybody could have keeps it from those behind: one who needs two would never get them otherwise.
void HostLimits::serve_line(TimePoint now) {
  bool is_full = false;
  Obstruction of_host = line_.empty() ? Obstruction{} : host_obstruction(now);
  for (auto place = line_.begin(); place != line_.end();) {
    Waiter& waiter = **place++;
    waiter.obstruction = of_host ? of_host : own_obstruction(waiter, now);
    if (waiter.obstruction) continue;
    const Seats::Answer answer = is_full && !waiter.has_promise() ? Seats::Answer::host_is_full : seats_for(waiter, waiter.least, now);
    is_full = is_full || answer == Seats::Answer::host_is_full;
    if (answer == Seats::Answer::yes) {
      serve(waiter, now);
      of_host = host_obstruction(now);
    } else {
      waiter.obstruction = {Obstacle::connections, seats_.next_probe(waiter.asker.account->seats)};
    }
  }
}

Obstruction HostLimits::host_obstruction(TimePoint now) {
  if (const Obstruction found = gate_.is_surely_open(now) ? Obstruction{} : gate_.look(now, clock_.wall())) return found;
  if (breaker_.lets_pass(now)) return {};
  return {Obstacle::breaker, breaker_.state() == Breaker::State::open ? breaker_.open_until() : TimePoint::max()};
}

Obstruction HostLimits::own_obstruction(const Waiter& waiter, TimePoint now) {
  const Obstruction of_first = account_obstruction(*waiter.asker.account, now);
  const Obstruction of_other = waiter.other ? account_obstruction(*waiter.other, now) : Obstruction{};
  return of_other && (!of_first || of_first.until < of_other.until) ? of_other : of_first;
}

Seats::Answer HostLimits::seats_for(const Waiter& waiter, unsigned count, TimePoint now) {
  Seats::Account& first = waiter.asker.account->seats;
  if (!waiter.is_reservation()) return seats_.may_connect(first, now);
  const Seats::Answer answer = seats_.may_reserve(first, count, now);
  if (answer != Seats::Answer::yes || !waiter.other) return answer;
  seats_.reserve(first, count);
  const Seats::Answer answer_to_other = seats_.may_reserve(waiter.other->seats, count, now);
  seats_.give_back(first, count);
  return answer_to_other;
}

void HostLimits::serve(Waiter& waiter, TimePoint now) {
  line_.erase(*std::exchange(waiter.place, std::nullopt));
  if (waiter.is_reservation()) {
    promise(waiter, now);
  } else {
    waiter.permit.limits_ = shared_from_this();
    waiter.permit.account_ = waiter.asker.account;
    waiter.permit.probe_ = seats_.begin(waiter.asker.account->seats);
    waiter.permit.is_trial_ = breaker_.begin(now);
  }
  asio::post(waiter.timer.get_executor(), [served = waiter.shared_from_this()] { served->timer.cancel(); });
}

void HostLimits::promise(Waiter& waiter, TimePoint now) {
  const auto give = [this](Reservation& to, const AccountHandle& account, unsigned count) {
    if (!account) return;
    seats_.reserve(account->seats, count);
    to.limits_ = shared_from_this();
    to.account_ = account;
    to.count_ += count;
  };
  unsigned next = waiter.least;
  for (unsigned given = 0; given < waiter.most; given += std::exchange(next, 1)) {
    if (given > 0 && (!line_.empty() || seats_for(waiter, next, now) != Seats::Answer::yes)) break;
    give(waiter.promised[0], waiter.asker.account, next);
    give(waiter.promised[1], waiter.other, next);
  }
}

}  // namespace godwit::limits
