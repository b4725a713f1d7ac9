// SPDX-License-Identifier: Apache-2.0
// What a migration is, as far as its duration depends on it. docs/estimate.md has the formulas.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "estimate/hours.h"

namespace godwit::estimate {

// Seconds that one pair of connections needs.
struct Costs {
  double account = 0;  // to connect, to compare the folders, to check at the end; whatever the account holds
  double folder = 0;
  double message = 0;
  double byte = 0;
  friend bool operator==(const Costs&, const Costs&) = default;
};

// What a source and a target do together, as measured.
struct Speed {
  Costs alone;         // with one pair of connections at work
  Costs together;      // with `pairs` of them
  double pairs = 1;
  double spread = 0.1;        // standard deviation of the logarithm: 0.1 is about 10 %
  // With so many pairs at work. Costs grow evenly with them, beyond what was measured, too.
  [[nodiscard]] Costs at(double pairs_at_work) const;
  friend bool operator==(const Speed&, const Speed&) = default;
};

// One server, with what may be asked of it; 0 is no limit.
struct Host {
  std::string name;
  double connections = 0;
  double bytes_per_second = 0, messages_per_second = 0;
  double bytes_per_day = 0, bytes_per_day_per_account = 0;
  Hours hours{};
  friend bool operator==(const Host&, const Host&) = default;
};

struct Route {
  std::size_t source = 0, target = 0;  // places in Problem::hosts
  Speed speed;
  std::string slow_side;  // what the calibration waited for: "source", "target", "line", "godwit"
  friend bool operator==(const Route&, const Route&) = default;
};

struct Load {
  std::string account;
  std::size_t wave = 0;   // place in Problem::waves
  int priority = 0;       // higher goes first, within a wave
  std::size_t route = 0;  // place in Problem::routes
  double folders = 0, messages = 0, bytes = 0;  // that are still to be moved
  friend bool operator==(const Load&, const Load&) = default;
};

struct Wave {
  std::string name;
  Hours hours;
  int after = -1;  // the wave that must have ended before; -1: none
  friend bool operator==(const Wave&, const Wave&) = default;
};

struct Problem {
  std::vector<Host> hosts;
  std::vector<Route> routes;
  std::vector<Wave> waves;  // one at least; accounts begin in this order
  std::vector<Load> loads;
  std::size_t accounts_at_once = 20;
  std::size_t lanes = 2;        // pairs of connections for one account at most
  double first_midnight = 0;    // when the bytes of a day begin anew, in seconds as of the hours
  double begin = 0;             // the same: when it begins
  friend bool operator==(const Problem&, const Problem&) = default;
};

// What decides about the time.
enum class Constraint : std::uint8_t { servers, largest_account, connections, byte_rate, message_rate, day_budget, hours };
inline constexpr std::size_t constraint_count = 7;
[[nodiscard]] std::string_view name_of(Constraint constraint);

}  // namespace godwit::estimate
