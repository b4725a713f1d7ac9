// SPDX-License-Identifier: Apache-2.0
// What moves many accounts knows of each of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "endpoint/session.h"
#include "ledger/ledger.h"
#include "jobs/wave_calendar.h"
#include "limits/host_limits.h"
#include "report/grade.h"
#include "sync/round.h"

namespace godwit::jobs {

// One account that is to be moved.
struct Job {
  std::string name;  // by which people call the account; unique
  std::string wave;
  int wave_order = 0;  // lower goes first
  int priority = 0;    // higher goes first, within a wave
  ledger::AccountIdentity identity;
  // Make the two sides, with their passwords, when the account's turn has come. An error ends the account's turn alone.
  std::function<Result<std::unique_ptr<endpoint::Source>>()> source;
  std::function<Result<std::unique_ptr<endpoint::Target>>()> target;
  // Of the two servers, shared by all of their accounts.
  std::shared_ptr<limits::HostLimits> source_limits, target_limits;
};

enum class State : std::uint8_t {
  waiting,     // for its turn, or for the time of its next attempt
  running,
  moved,       // its work came to its end, and nobody need look at it: after a round, everything is on the target
  incomplete,  // its work came to its end, and somebody must look at it: after a round, items were not moved
  failed,      // it cannot go on without a person: the error says why
  canceled,    // by order
  pre_staged,  // its old mail is on the target; the round of its wave brings the rest
};
inline constexpr std::size_t state_count = 7;
[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] std::optional<State> state_named(std::string_view name);
[[nodiscard]] constexpr bool is_over(State state) { return state != State::waiting && state != State::running; }

struct JobStatus {
  std::string name, wave;
  State state = State::waiting;
  bool is_held = false;  // by order, until it is let go
  WaveWait wait;         // of its wave, where it is not over
  sync::Progress progress;           // of the round at work, or of the last one
  sync::RoundResult result;          // of the last round here, without its problems: the ledger has them
  std::optional<report::Verdict> verdict;
  std::optional<Error> error;        // that ended the last attempt
  std::string last_warning;
  int attempts = 0;                  // that failed in a row
  std::optional<std::chrono::system_clock::time_point> began, ended, next_attempt;
};

// What is still to be waited for, in seconds; in eight of ten cases it is between the two bounds.
struct TimeLeft {
  double seconds = 0, low = 0, high = 0;
  friend bool operator==(const TimeLeft&, const TimeLeft&) = default;
};

}  // namespace godwit::jobs
