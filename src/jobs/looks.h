// SPDX-License-Identifier: Apache-2.0
// Looks at many accounts at once, within the limits of their servers, and needs no ledger: for inventories, checks and dry runs. One
// account that cannot be looked at stops no other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "jobs/job.h"

namespace godwit::jobs {

// What one look has at hand; all of it outlives the look.
struct LookPlace {
  std::size_t index = 0;  // of the job among those given
  const Job& job;
  endpoint::Source& source;
  endpoint::Target& target;
  const std::atomic<bool>& stop;  // an error of kind canceled is the answer to it
  // Tells how much of this account was read so far.
  std::function<void(std::uint64_t messages, std::uint64_t bytes)> on_progress;
};
using Look = std::function<Task<Result<>>(LookPlace)>;

struct LookOptions {
  std::size_t threads = 0;            // 0: as many as there are processors
  std::size_t accounts_at_once = 20;  // at most
  bool opens_target = true;           // a connection to the target is needed, too, at the same time
  int attempts = 3;                   // at one account, with errors that may pass by themselves
  std::chrono::milliseconds first_pause{2000};  // before the second one; doubled for each further one
  // A server that cannot be reached any more is waited for so long, one that never was not at all: its accounts are told as not looked at.
  std::chrono::milliseconds patience{60'000};
};

struct LookSnapshot {
  std::size_t accounts = 0, done = 0, failed = 0;  // `failed` are among those done
  std::uint64_t messages = 0, bytes = 0;           // read so far
  std::vector<std::string> running;                // names, in the order of the jobs
};

class Looks {
 public:
  // Told when the last attempt at an account has ended, on the threads of the looks, one call at a time; never of one that was stopped.
  using OnEnd = std::function<void(std::size_t index, const Result<>& result)>;

  // `jobs` and what the functions refer to must outlive it.
  Looks(std::span<const Job> jobs, LookOptions options, Look look, OnEnd on_end);
  ~Looks();  // stops, and waits for what is at work
  Looks(const Looks&) = delete;
  Looks& operator=(const Looks&) = delete;

  // Until every account was looked at, in the order of the jobs, or stop() was called. Once.
  [[nodiscard]] Task<> run();
  // These two from any thread.
  void stop();
  [[nodiscard]] LookSnapshot snapshot() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::jobs
