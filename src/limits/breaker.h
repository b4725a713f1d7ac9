// SPDX-License-Identifier: Apache-2.0
// Keeps everybody from knocking at a server that does not open: after several failures in a row nothing is tried there for a while,
// then one connection alone; when it succeeds, the way is free again.
#pragma once

#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include "limits/clock.h"

namespace godwit::limits {

struct BreakerSettings {
  unsigned failures = 5;  // in a row
  std::chrono::nanoseconds first_pause = std::chrono::seconds(30);  // doubled for each trial that fails
  std::chrono::nanoseconds longest_pause = std::chrono::minutes(10);
  double jitter = 0.2;  // a pause is longer by up to this part of it, so that several machines do not come back together
};

class Breaker {
 public:
  // In the words of electricity: a closed breaker lets everything pass, an open one nothing.
  enum class State { closed, open, trying };

  explicit Breaker(BreakerSettings settings = {}) : settings_(settings) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] TimePoint open_until() const { return open_until_; }  // while open
  [[nodiscard]] const std::string& why() const { return why_; }       // the last failure; empty while all goes well
  [[nodiscard]] unsigned failures() const { return failures_; }       // in a row
  // Whether a connection may be tried. While open that is one, after the pause.
  [[nodiscard]] bool lets_pass(TimePoint now) const { return state_ == State::closed || (state_ == State::open && now >= open_until_); }

  // A connection that lets_pass() has let pass begins; true: it is the trial.
  [[nodiscard]] bool begin(TimePoint now);
  // How it ended. What began before the breaker opened neither opens it for longer nor, by failing, ends a trial.
  void succeeded();
  void failed(TimePoint now, bool was_trial, std::string why);
  void abandoned(bool was_trial);  // before anything was learned from it

 private:
  void open(TimePoint now);

  BreakerSettings settings_;
  State state_ = State::closed;
  unsigned failures_ = 0;
  std::chrono::nanoseconds pause_{};
  TimePoint open_until_;
  std::string why_;
  std::minstd_rand random_{std::random_device{}()};
};

[[nodiscard]] std::string_view name_of(Breaker::State state);

}  // namespace godwit::limits
