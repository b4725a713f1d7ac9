// SPDX-License-Identifier: Apache-2.0
// What one server may be asked, shared by everybody who asks it: connections, bytes and messages a second, bytes a day, hours, and
// the time it wants to be left alone. One object per server; all calls may be made from any thread, and whoever waits goes on on
// its own executor, which one thread runs. The io_contexts of coroutines that wait here must live until these are over, or until
// nobody else uses the same limits.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "limits/clock.h"
#include "limits/gate.h"
#include "limits/host_settings.h"
#include "limits/host_state.h"
#include "limits/seats.h"
#include "limits/token_bucket.h"

namespace godwit::limits {

class HostLimits;

// An account at a server, as its limits know it.
struct LimitedAccount {
  LimitedAccount(Seats::Account free, std::uint64_t bytes_per_day) : seats(std::move(free)), budget(bytes_per_day) {}
  Seats::Account seats;  // under the limits' lock
  DayBudget budget;      // likewise, but for add()
  std::atomic<bool> may_be_used_up = false;  // its budget
  std::atomic<TimePoint::rep> held_until{TimePoint::min().time_since_epoch().count()};  // the server's back-off
};
using AccountHandle = std::shared_ptr<LimitedAccount>;

// Who waits in line, and when to stop waiting. The higher priority goes first, and among equals who came first.
struct Asker {
  AccountHandle account;
  int priority = 0;
  const std::atomic<bool>* stop = nullptr;  // looked at twice a second at least; ends the wait with an error of kind canceled
  [[nodiscard]] bool is_stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

// The right to one connection, from before it is tried until it is closed.
class Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit() { release(); }

  // How the try ended; one of the two, once.
  void connected();
  // Gives the connection back. True: it is worth it to ask for another one, which waits as long as the server wishes.
  [[nodiscard]] bool failed(const Error& error);
  // It is closed, or was never tried.
  void release();

 private:
  friend class HostLimits;
  std::shared_ptr<HostLimits> limits_;
  AccountHandle account_;
  Seats::Probe probe_;
  bool is_trial_ = false;
  bool is_connected_ = false;
};

// Connections that an account has been promised. Accounts that need connections to two servers at once, and wait for the second one
// while they keep the first, can wait for each other for ever: see reserve_pair() in limits/reserve_pair.h.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept = default;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation() { keep(0); }
  [[nodiscard]] unsigned count() const { return count_; }  // of connections
  // Gives back what is beyond `most`. Connections that are open stay so.
  void keep(unsigned most);

 private:
  friend class HostLimits;
  std::shared_ptr<HostLimits> limits_;
  AccountHandle account_;
  unsigned count_ = 0;
};

class HostLimits : public std::enable_shared_from_this<HostLimits> {
 public:
  // Error of kind usage: a setting that makes no sense. `host` is for people: "imaps://mail.example.com:993".
  [[nodiscard]] static Result<std::shared_ptr<HostLimits>> make(std::string host, HostSettings settings, Clock clock = {});
  HostLimits(const HostLimits&) = delete;
  HostLimits& operator=(const HostLimits&) = delete;

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] bool meters_traffic() const { return settings_.meters_traffic; }
  [[nodiscard]] AccountHandle account(std::string_view name);

  // Waits for the right to one connection. Errors: canceled; unavailable after the patience of an account that has others.
  [[nodiscard]] Task<Result<Permit>> acquire(Asker asker);
  // Waits until the account may have `least` connections, and promises as many as there are then, up to `most`; more than `least`
  // only when nobody else waits. Errors: canceled; usage when `least` exceeds what was set.
  [[nodiscard]] Task<Result<Reservation>> reserve(Asker asker, unsigned least, unsigned most);
  // The same for two accounts at once, `least` and `most` for each.
  [[nodiscard]] Task<Result<std::array<Reservation, 2>>> reserve_both(Asker asker, AccountHandle other, unsigned least, unsigned most);

  // Traffic. What was moved is counted at once; the answer says when it is paid for.
  enum class Direction { in, out };
  TimePoint count(LimitedAccount& account, Direction direction, std::uint64_t bytes, std::uint64_t messages) noexcept;
  TimePoint count(Direction direction, std::uint64_t bytes, std::uint64_t messages) noexcept;  // of no account
  [[nodiscard]] bool may_go_on(const LimitedAccount& account, TimePoint due) const noexcept;  // else wait_to_go_on() knows more
  // Until what was counted is paid for and nothing else stops the account. Error: canceled.
  [[nodiscard]] Task<Result<>> wait_to_go_on(Asker asker, TimePoint due);
  // The same in the middle of a message, which nothing but the rate may hold up.
  [[nodiscard]] bool is_paid(TimePoint due) const noexcept { return due <= clock_.now(); }
  [[nodiscard]] Task<Result<>> wait_until_paid(Asker asker, TimePoint due);

  // An error in a session that is open: a stated back-off is obeyed, by this account. (At the connection Permit::failed() does it; three
  // accounts that are told to wait, one after the other and none let in between, mean the server and not themselves.)
  void note(LimitedAccount& account, const Error& error);
  void back_off(std::chrono::nanoseconds time);  // everybody; at most a day

  // By the operator's order: nothing new begins.
  void pause() { set_paused(true); }
  void resume() { set_paused(false); }
  // To be kept over restarts.
  [[nodiscard]] DayUse day_use();
  void preset_day_use(DayUse use);
  // The same of one account, where accounts have budgets of their own.
  [[nodiscard]] bool has_account_budgets() const { return settings_.bytes_per_day_per_account > 0; }
  [[nodiscard]] DayUse day_use(LimitedAccount& account);
  void preset_day_use(LimitedAccount& account, DayUse use);
  // Until when nothing may be asked for this account alone: its day's bytes are used up, or the server wants it to stay away.
  [[nodiscard]] std::optional<WallTime> kept_away_until(LimitedAccount& account);
  // Of the next window; nothing while one is open.
  [[nodiscard]] std::optional<WallTime> next_opening();

  [[nodiscard]] HostState state();

 private:
  friend class Permit;
  friend class Reservation;
  struct Waiter;
  using Line = std::list<std::shared_ptr<Waiter>>;

  HostLimits(std::string host, HostSettings settings, WeeklyWindows windows, Clock clock);

  // `look` tells, under the lock, what there is to wait for.
  template <class Look>
  [[nodiscard]] Task<Result<>> wait_while(Asker asker, Look look);
  // Of one account, or of two at once.
  [[nodiscard]] Task<Result<std::array<Reservation, 2>>> wait_for_promise(std::shared_ptr<Waiter> waiter);
  [[nodiscard]] Task<Result<>> wait_in_line(std::shared_ptr<Waiter> waiter);
  void join(const std::shared_ptr<Waiter>& waiter);
  void leave(Waiter& waiter);
  // One look from a waiter's place in line: how long to sleep; nothing once it was served; or its error.
  [[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> look(Waiter& waiter);

  // Under the lock.
  void serve_line(TimePoint now);
  [[nodiscard]] Obstruction host_obstruction(TimePoint now);
  [[nodiscard]] Obstruction account_obstruction(LimitedAccount& account, TimePoint now);
  [[nodiscard]] Obstruction own_obstruction(const Waiter& waiter, TimePoint now);
  [[nodiscard]] Seats::Answer seats_for(const Waiter& waiter, unsigned count, TimePoint now);
  void serve(Waiter& waiter, TimePoint now);
  void promise(Waiter& waiter, TimePoint now);
  void note_wait(Obstacle obstacle, std::chrono::nanoseconds time) { waited_.at(static_cast<std::size_t>(obstacle)) += time; }
  void note_told_to_wait(const LimitedAccount& account, std::chrono::nanoseconds time, TimePoint now);

  void connected(Permit& permit);
  [[nodiscard]] bool failed(Permit& permit, const Error& error);
  void release(Permit& permit);
  void give_back(const AccountHandle& account, unsigned count);
  void set_paused(bool is_paused);

  [[nodiscard]] std::chrono::nanoseconds sleep_until(TimePoint time, TimePoint now) const;

  const std::string host_;
  const HostSettings settings_;
  const Clock clock_;

  struct Counter {
    std::atomic<std::uint64_t> bytes{0}, messages{0};
    [[nodiscard]] Traffic now() const { return {bytes.load(std::memory_order_relaxed), messages.load(std::memory_order_relaxed)}; }
  };
  Counter in_, out_;
  TokenBucket bytes_, messages_;
  Gate gate_;  // partly without the lock

  std::mutex mutex_;  // of all that follows
  Seats seats_;
  Breaker breaker_;
  std::map<std::string, AccountHandle, std::less<>> accounts_;
  Line line_;
  std::vector<const LimitedAccount*> told_to_wait_;  // since the last one that got in
  std::array<std::chrono::nanoseconds, obstacles> waited_{};
};

}  // namespace godwit::limits
