// SPDX-License-Identifier: Apache-2.0
// Moves many accounts at once: each in turn a round of its own (or other work), on one of several threads, and none stops another.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/task.h"
#include "jobs/job.h"
#include "jobs/timeline.h"
#include "jobs/wave_calendar.h"

namespace godwit::jobs {

// What is done for one account when its turn has come, with its two sides within the limits of their servers.
class Work {
 public:
  virtual ~Work() = default;
  [[nodiscard]] virtual Task<sync::RoundResult> run() = 0;  // once
  // How far run() is; on its thread.
  [[nodiscard]] virtual sync::Progress progress() const = 0;
  // Of a run() that came to its end: whether somebody must look at the account.
  [[nodiscard]] virtual bool needs_somebody(const sync::RoundResult& result) const { return result.not_moved + result.unopened > 0; }
};
struct WorkPlace {  // all of it outlives the work
  const Job& job;
  endpoint::Source& source;
  endpoint::Target& target;
  ledger::Ledger& ledger;
  sync::RoundOptions options;  // for this account
  const std::atomic<bool>& stop;
  std::function<void(const sync::Event&)> on_event;
};
using MakeWork = std::function<std::unique_ptr<Work>(WorkPlace)>;
[[nodiscard]] std::unique_ptr<Work> make_round(WorkPlace place);

struct Snapshot;
struct MigrationOptions {
  sync::RoundOptions round;           // of every account; its bytes in flight are what all share
  std::size_t threads = 0;            // 0: as many as there are processors
  std::size_t accounts_at_once = 20;  // at most
  int attempts = 5;                   // of one account, with failures in a row that may pass by themselves
  std::chrono::milliseconds first_pause{30'000};  // before its second attempt; doubled for each further one
  std::set<std::string> held_waves;   // whose accounts wait until the wave is opened
  std::vector<WaveTimes> waves;       // when their accounts may be at work; of a wave that is missing, always
  limits::Clock clock;                // for the windows
  bool is_pre_stage = false;          // what comes to its end is not moved yet, and gets no verdict
  MakeWork work = make_round;         // another kind of it for the same accounts, in their turn
  std::string command = "migrate";    // what the work is, for those who look at it
  // How long the rest of it will take, where that is known; asked every few seconds, with every account in the snapshot.
  std::function<std::optional<TimeLeft>(const Snapshot&)> foresee = {};
};

// Who is told what happens, on the threads of the migration, one call at a time.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void event(const JobStatus& job, const sync::Event& event) = 0;
  // An attempt came to its end; what became of it is in the state.
  virtual void ended(const JobStatus& job) = 0;
};

// A wave with accounts that are not over and must wait.
struct WaveStatus {
  std::string name;  // empty: accounts without a wave
  std::size_t accounts = 0;
  WaveWait wait{};
};

// Everything at one moment.
struct Snapshot {
  std::string command;
  std::vector<JobStatus> jobs;  // in the order in which they were given
  std::array<std::size_t, state_count> counts{};  // of them by State
  bool is_paused = false;
  std::vector<WaveStatus> waves;
  Timeline::Rates rates;
  std::uint64_t messages_done = 0, bytes_done = 0;  // by this process
  std::optional<TimeLeft> left;
  [[nodiscard]] std::size_t count(State state) const { return counts.at(static_cast<std::size_t>(state)); }
};

// Every function may be called from any thread, except where it says otherwise.
class Migration {
 public:
  // `ledger` and `observer` must outlive the migration.
  Migration(std::vector<Job> jobs, ledger::Ledger& ledger, MigrationOptions options, Observer& observer);
  ~Migration();
  Migration(const Migration&) = delete;
  Migration& operator=(const Migration&) = delete;

  // Until no account has anything to do any more, or can have without an order or another run, or stop() was called. It stays
  // while a window is waited for.
  [[nodiscard]] Task<> run();

  // Accounts at work end at the next message boundary; what is in flight as one large message is abandoned, and sent again later.
  void stop();  // for good
  void pause();
  void resume();
  // Of one account; false: there is none of that name, or (cancel, retry) it is not in a state for it.
  [[nodiscard]] bool hold(std::string_view name);
  [[nodiscard]] bool release(std::string_view name);
  [[nodiscard]] bool cancel(std::string_view name);
  // Those that are over take their turn again; a name that waits for its next attempt takes it now.
  [[nodiscard]] bool retry(std::string_view name);
  // Lets the accounts of a held wave begin.
  void open_wave(const std::string& wave);
  // Whose accounts wait for it, where there are any.
  [[nodiscard]] std::set<std::string> held_waves() const;
  // Whose accounts have all come to their end, here or in earlier runs. One that failed does not keep its wave from ending, nor does
  // one that is held by order.
  [[nodiscard]] std::set<std::string> ended_waves() const;

  enum class Which { all, running };  // of the accounts; the counts are always of all
  [[nodiscard]] Snapshot snapshot(Which which = Which::all) const;
  // One account alone; nothing where there is none of that name.
  [[nodiscard]] std::optional<JobStatus> status(std::string_view name) const;
  [[nodiscard]] std::vector<Moment> timeline() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::jobs
