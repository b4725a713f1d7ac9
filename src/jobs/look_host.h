// SPDX-License-Identifier: Apache-2.0
// A server as many looks share it. One that cannot be reached is given up: a migration waits for it for hours, somebody who looks wants
// to hear it. Used by all threads of the looks.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "endpoint/session.h"
#include "limits/host_limits.h"

namespace godwit::jobs {

class LookHost {
 public:
  // `patience`: how long a server that was reached before is waited for.
  LookHost(std::shared_ptr<limits::HostLimits> limits, std::chrono::milliseconds patience)
      : limits_(std::move(limits)), patience_(patience) {}

  [[nodiscard]] const std::shared_ptr<limits::HostLimits>& limits() const { return limits_; }
  // Ends the waits at this server; `stop` for whoever waits.
  void stop() { stop_ = true; }
  [[nodiscard]] const std::atomic<bool>& stop_flag() const { return stop_; }
  [[nodiscard]] bool is_given_up() const { return is_given_up_; }
  [[nodiscard]] Error why_given_up() const;

  void note_reached() { was_reached_ = true; }
  // To be called now and then: gives it up when that is due.
  void look();

 private:
  const std::shared_ptr<limits::HostLimits> limits_;
  const std::chrono::milliseconds patience_;
  std::atomic<bool> stop_ = false, is_given_up_ = false, was_reached_ = false;
  mutable std::mutex mutex_;
  std::string why_;
  std::optional<std::chrono::steady_clock::time_point> lost_since_;  // of look() alone
};

// An account's side within the limits of its server; says why the server was given up, where it was. `host` must outlive it.
[[nodiscard]] std::unique_ptr<endpoint::Source> make_looking_source(std::unique_ptr<endpoint::Source> inner, LookHost& host,
                                                                    std::string_view account, int priority);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_looking_target(std::unique_ptr<endpoint::Target> inner, LookHost& host,
                                                                    std::string_view account, int priority);

}  // namespace godwit::jobs
