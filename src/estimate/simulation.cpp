// SPDX-License-Identifier: Apache-2.0
#include "estimate/simulation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace godwit::estimate {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr double day = 24 * 3600;
constexpr double messages_per_lane = 1000;  // as of sync::RoundOptions
constexpr double least_step = 1e-6;         // seconds: what numbers cannot tell apart must not stand still
constexpr double bytes_left_over = 0.5;     // of a day's budget: less is none

Costs scaled(const Costs& costs, const Costs& by) {
  return {costs.account * by.account, costs.folder * by.folder, costs.message * by.message, costs.byte * by.byte};
}

class Simulation {
 public:
  Simulation(const Problem& problem, const Factors& factors) : problem_(problem), factors_(factors), used_(problem.hosts.size()) {
    played_.wave_ends.resize(problem.waves.size());
    played_.begins.resize(problem.loads.size());
    played_.ends.resize(problem.loads.size());
    left_in_wave_.resize(problem.waves.size());
    for (const Load& load : problem.loads) ++left_in_wave_[load.wave];
    waiting_.resize(problem.loads.size());
    std::iota(waiting_.begin(), waiting_.end(), std::size_t{0});
    const auto rank = [&](std::size_t i) { return std::tuple(problem.loads[i].wave, -problem.loads[i].priority, i); };
    std::ranges::sort(waiting_, {}, rank);
    for (const Host& host : problem.hosts) left_today_.push_back(host.bytes_per_day > 0 ? host.bytes_per_day : never);
    left_of_load_.assign(problem.loads.size(), 1);
    has_begun_.resize(problem.loads.size());
    for (const Load& load : problem.loads) account_today_.push_back(account_budget(load));
    now_ = problem.begin;
    next_midnight_ = problem.first_midnight > 0 ? problem.first_midnight : day;
    while (next_midnight_ <= now_) next_midnight_ += day;
  }

  Played run() {
    while (true) {
      start_due();
      if (running_.empty() && waiting_.empty()) break;
      set_speeds();
      const double step = next_event() - now_;
      if (!std::isfinite(step)) {
        played_.is_endless = true;
        break;
      }
      advance(std::max(step, least_step));
    }
    played_.seconds = now_ - problem_.begin;
    for (auto* const times : {&played_.wave_ends, &played_.begins, &played_.ends}) {
      for (double& time : *times) time = std::max(0.0, time - problem_.begin);
    }
    return std::move(played_);
  }

 private:
  struct Running {
    std::size_t load = 0;
    double lanes = 1;           // that work once its folders are known
    double connections = 1;     // that it has taken
    bool is_moving = false;     // past what each account needs whatever it holds
    double left = 1;            // of the phase, 1 to 0
    double speed = 0;           // of the phase, a second
  };

  [[nodiscard]] const Load& load_of(const Running& running) const { return problem_.loads[running.load]; }
  [[nodiscard]] const Route& route_of(const Load& load) const { return problem_.routes[load.route]; }
  [[nodiscard]] bool is_open(std::size_t host) const { return problem_.hosts[host].hours.is_open(now_); }
  [[nodiscard]] bool has_budget(std::size_t host) const { return left_today_[host] > bytes_left_over; }
  // What one day lets an account move between its two servers.
  [[nodiscard]] double account_budget(const Load& load) const {
    double least = never;
    for (const std::size_t host : {route_of(load).source, route_of(load).target}) {
      const double budget = problem_.hosts[host].bytes_per_day_per_account;
      if (budget > 0) least = std::min(least, budget);
    }
    return least;
  }
  [[nodiscard]] bool may_work(const Load& load) const {
    const Route& route = route_of(load);
    return problem_.waves[load.wave].hours.is_open(now_) && is_open(route.source) && is_open(route.target) && has_budget(route.source) &&
           has_budget(route.target);
  }
  [[nodiscard]] bool may_start(const Load& load) const {
    const Wave& wave = problem_.waves[load.wave];
    const bool is_waves_turn = wave.after < 0 || left_in_wave_[static_cast<std::size_t>(wave.after)] == 0;
    return is_waves_turn && may_work(load);
  }
  [[nodiscard]] double free_connections(const Route& route) const {
    double free = never;
    for (const std::size_t host : {route.source, route.target}) {
      if (problem_.hosts[host].connections > 0) free = std::min(free, problem_.hosts[host].connections - used_[host]);
    }
    return free;
  }

  void start_due() {
    for (auto next = waiting_.begin(); next != waiting_.end() && running_.size() < problem_.accounts_at_once;) {
      next = try_start(*next) ? waiting_.erase(next) : next + 1;
    }
  }

  bool try_start(std::size_t place) {
    const Load& load = problem_.loads[place];
    if (!may_start(load) || account_today_[place] <= bytes_left_over) return false;
    const Route& route = route_of(load);
    const double free = free_connections(route);
    if (free < 1) {
      has_line_ = true;
      return false;
    }
    const auto most = static_cast<double>(problem_.lanes);
    Running running;
    running.load = place;
    running.connections = has_line_ ? 1 : std::min(most, free);
    running.lanes = std::clamp(std::min(std::floor(load.messages / messages_per_lane), load.folders), 1.0, running.connections);
    for (const std::size_t host : {route.source, route.target}) used_[host] += running.connections;
    running_.push_back(running);
    if (!has_begun_[place]) played_.begins[place] = now_;
    has_begun_[place] = true;
    return true;
  }

  // How fast each account gets on from now: by what its servers do for so many, then within their rates.
  void set_speeds() {
    std::vector<double> pairs(problem_.routes.size());
    for (const Running& running : running_) {
      if (may_work(load_of(running))) pairs[load_of(running).route] += running.is_moving ? running.lanes : 1;
    }
    for (Running& running : running_) running.speed = speed_of(running, pairs[load_of(running).route]);
    keep_to_rates();
  }

  [[nodiscard]] double speed_of(const Running& running, double pairs) const {
    const Load& load = load_of(running);
    if (!may_work(load)) return 0;
    Speed speed = route_of(load).speed;
    speed.together = crowded(speed);
    const Costs costs = scaled(speed.at(pairs), factors_.costs);
    const double seconds = running.is_moving
                               ? (load.folders * costs.folder + load.messages * costs.message + load.bytes * costs.byte) / running.lanes
                               : costs.account;
    return 1 / std::max(seconds, 1e-6);
  }
  [[nodiscard]] Costs crowded(const Speed& speed) const {
    const auto more = [&](double alone, double together) { return alone + (together - alone) * factors_.crowd; };
    return {more(speed.alone.account, speed.together.account), more(speed.alone.folder, speed.together.folder),
            more(speed.alone.message, speed.together.message), more(speed.alone.byte, speed.together.byte)};
  }

  void keep_to_rates() {
    rate_decides_ = Constraint::servers;
    std::vector<double> bytes(problem_.hosts.size()), messages(problem_.hosts.size());
    each_transfer([&](const Running& running, std::size_t host) {
      bytes[host] += load_of(running).bytes * running.speed;
      messages[host] += load_of(running).messages * running.speed;
    });
    std::vector<double> share(problem_.hosts.size(), 1);
    double least = 1;
    for (std::size_t host = 0; host < problem_.hosts.size(); ++host) {
      const auto keep = [&](double limit, double wanted, Constraint constraint) {
        if (limit <= 0 || wanted <= limit || limit / wanted >= share[host]) return;
        share[host] = limit / wanted;
        if (share[host] < least) rate_decides_ = constraint;
        least = std::min(least, share[host]);
      };
      keep(problem_.hosts[host].bytes_per_second, bytes[host], Constraint::byte_rate);
      keep(problem_.hosts[host].messages_per_second, messages[host], Constraint::message_rate);
    }
    for (Running& running : running_) {
      const Route& route = route_of(load_of(running));
      if (running.is_moving) running.speed *= std::min(share[route.source], share[route.target]);
    }
  }

  // Each account that moves mail, with each of its two servers.
  template <class Use>
  void each_transfer(Use use) const {
    for (const Running& running : running_) {
      if (!running.is_moving) continue;
      const Route& route = route_of(load_of(running));
      use(running, route.source);
      use(running, route.target);
    }
  }

  [[nodiscard]] double next_event() const {
    double next = never;
    for (const Running& running : running_) {
      if (running.speed > 0) next = std::min(next, now_ + running.left / running.speed);
    }
    for (const Host& host : problem_.hosts) next = std::min(next, host.hours.next_change(now_));
    for (const Wave& wave : problem_.waves) next = std::min(next, wave.hours.next_change(now_));
    return std::min(next, next_budget_event());
  }
  [[nodiscard]] double next_budget_event() const {
    double next = never;
    std::vector<double> bytes(problem_.hosts.size());
    each_transfer([&](const Running& running, std::size_t host) { bytes[host] += load_of(running).bytes * running.speed; });
    for (const Running& running : running_) {
      const double speed = running.is_moving ? load_of(running).bytes * running.speed : 0;
      if (speed > 0) next = std::min(next, now_ + account_today_[running.load] / speed);
    }
    for (std::size_t host = 0; host < problem_.hosts.size(); ++host) {
      if (problem_.hosts[host].bytes_per_day <= 0 && problem_.hosts[host].bytes_per_day_per_account <= 0) continue;
      next = std::min(next, next_midnight_);
      if (bytes[host] > 0 && problem_.hosts[host].bytes_per_day > 0) next = std::min(next, now_ + left_today_[host] / bytes[host]);
    }
    return next;
  }

  void advance(double step) {
    played_.decided[static_cast<std::size_t>(what_decides())] += step;
    each_transfer([&](const Running& running, std::size_t host) { left_today_[host] -= load_of(running).bytes * running.speed * step; });
    now_ += step;
    for (Running& running : running_) {
      running.left -= running.speed * step;
      if (running.is_moving) account_today_[running.load] -= load_of(running).bytes * running.speed * step;
      if (running.left > 1e-9) continue;
      if (running.is_moving) {
        end(running);
      } else {
        running.is_moving = true;
        running.left = left_of_load_[running.load];
      }
    }
    std::erase_if(running_, [](const Running& running) { return running.is_moving && running.left <= 1e-9; });
    set_aside();
    if (now_ + 1e-9 >= next_midnight_) begin_day();
  }

  // Accounts whose day is used up give their places to others, and go on with what is left on another day.
  void set_aside() {
    std::erase_if(running_, [this](const Running& running) {
      if (!running.is_moving || account_today_[running.load] > bytes_left_over) return false;
      left_of_load_[running.load] = running.left;
      give_connections_back(running);
      waiting_.insert(waiting_.begin(), running.load);
      return true;
    });
  }

  void give_connections_back(const Running& running) {
    const Route& route = route_of(load_of(running));
    for (const std::size_t host : {route.source, route.target}) used_[host] -= running.connections;
  }

  void end(const Running& running) {
    const Load& load = load_of(running);
    played_.ends[running.load] = now_;
    --left_in_wave_[load.wave];
    played_.wave_ends[load.wave] = std::max(played_.wave_ends[load.wave], now_);
    give_connections_back(running);
    if (waiting_.empty()) has_line_ = false;
  }

  void begin_day() {
    next_midnight_ += day;
    for (std::size_t host = 0; host < problem_.hosts.size(); ++host) {
      if (problem_.hosts[host].bytes_per_day > 0) left_today_[host] = problem_.hosts[host].bytes_per_day;
    }
    for (std::size_t place = 0; place < problem_.loads.size(); ++place) account_today_[place] = account_budget(problem_.loads[place]);
  }

  [[nodiscard]] Constraint what_decides() const {
    if (std::ranges::none_of(running_, [](const Running& running) { return running.speed > 0; })) {
      for (std::size_t host = 0; host < problem_.hosts.size(); ++host) {
        if (!has_budget(host)) return Constraint::day_budget;
      }
      const auto is_used_up = [this](std::size_t place) { return account_today_[place] <= bytes_left_over; };
      if (std::ranges::any_of(waiting_, is_used_up)) return Constraint::day_budget;
      return Constraint::hours;
    }
    if (rate_decides_ != Constraint::servers) return rate_decides_;
    if (!waiting_.empty()) return has_line_ ? Constraint::connections : Constraint::servers;
    return running_.size() * 2 <= std::min(problem_.accounts_at_once, problem_.loads.size()) ? Constraint::largest_account
                                                                                           : Constraint::servers;
  }

  const Problem& problem_;
  const Factors factors_;
  Played played_;
  double now_ = 0, next_midnight_ = 0;
  std::vector<std::size_t> waiting_;  // in the order of their turns
  std::vector<Running> running_;
  std::vector<double> used_, left_today_;  // by host: connections; bytes
  std::vector<double> left_of_load_, account_today_;  // by load: of its mail, 1 to 0; bytes
  std::vector<bool> has_begun_;
  std::vector<std::size_t> left_in_wave_;
  bool has_line_ = false;  // accounts wait for connections
  Constraint rate_decides_ = Constraint::servers;
};

}  // namespace

std::string_view name_of(Constraint constraint) {
  switch (constraint) {
    case Constraint::servers: return "servers";
    case Constraint::largest_account: return "largest account";
    case Constraint::connections: return "connections";
    case Constraint::byte_rate: return "bytes per second";
    case Constraint::message_rate: return "messages per second";
    case Constraint::day_budget: return "bytes per day";
    case Constraint::hours: return "windows";
  }
  return "servers";
}

Costs Speed::at(double pairs_at_work) const {
  if (pairs <= 1) return alone;
  const double share = std::max(0.0, pairs_at_work - 1) / (pairs - 1);
  const auto between = [share](double one, double several) { return std::max(one * 0.2, one + (several - one) * share); };
  return {between(alone.account, together.account), between(alone.folder, together.folder), between(alone.message, together.message),
          between(alone.byte, together.byte)};
}

Constraint Played::bottleneck() const {
  return static_cast<Constraint>(std::ranges::max_element(decided) - decided.begin());
}

Played play(const Problem& problem, const Factors& factors) { return Simulation(problem, factors).run(); }

}  // namespace godwit::estimate
