// SPDX-License-Identifier: Apache-2.0
// Accounts in memory, and a migration of them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/memory/memory.h"
#include "jobs/migration.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"

namespace godwit::jobs {

// To be derived from by tests.
class MigrationLab {
 public:
  struct Pair {
    adapters::MemoryMailbox source, target;
    std::vector<Error> failures;  // of the next attempts to open the source; the last one's turn comes first
    std::function<void()> on_open;
  };

  MigrationLab() {
    options_.threads = 3;
    options_.accounts_at_once = 4;
    options_.first_pause = std::chrono::milliseconds(1);
    options_.round.quiet_time = std::chrono::milliseconds(1);
    options_.round.first_pause = std::chrono::milliseconds(1);
  }

  // An account of `messages` in two folders.
  Pair& add_account(const std::string& name, int messages = 20, std::string wave = {}, int wave_order = 0, int priority = 0) {
    Pair& pair = *pairs_.emplace_back(std::make_unique<Pair>());
    pair.source.host = name + "-old";
    pair.target.host = name + "-new";
    for (int i = 0; i < messages; ++i) {
      pair.source.folder(i % 3 == 0 ? "Sent" : "INBOX").add(test::message_named(fmt::format("{} {}", name, i)));
    }
    pair.target.folder("INBOX");
    Job job;
    job.name = name;
    job.wave = std::move(wave);
    job.wave_order = wave_order;
    job.priority = priority;
    job.identity = {adapters::make_memory_source(pair.source)->identity(), adapters::make_memory_target(pair.target)->identity()};
    job.source = [this, &pair, name]() -> Result<std::unique_ptr<endpoint::Source>> {
      {
        const std::lock_guard lock(mutex_);
        opened_.push_back(name);
      }
      if (pair.on_open) pair.on_open();
      if (!pair.failures.empty()) {
        Error error = pair.failures.back();
        pair.failures.pop_back();
        return std::unexpected(std::move(error));
      }
      return adapters::make_memory_source(pair.source);
    };
    job.target = [&pair]() -> Result<std::unique_ptr<endpoint::Target>> { return adapters::make_memory_target(pair.target); };
    job.source_limits = source_limits_;
    job.target_limits = target_limits_;
    jobs_.push_back(std::move(job));
    return pair;
  }

  Migration& make() {
    ledger_ = *ledger::open_sqlite_ledger(folder_.path() / "ledger");
    migration_ = std::make_unique<Migration>(jobs_, *ledger_, options_, observer_);
    return *migration_;
  }

  // A second process with the same ledger.
  Migration& make_again() {
    migration_.reset();
    ledger_.reset();
    return make();
  }

  void expect_equal(const Pair& pair) {
    for (const auto& [name, folder] : pair.source.folders) {
      ASSERT_TRUE(pair.target.folders.contains(name)) << pair.source.host << " " << name;
      EXPECT_EQ(test::contents(folder), test::contents(pair.target.folders.at(name))) << pair.source.host << " " << name;
    }
  }

  std::mutex mutex_;
  std::vector<std::string> opened_;  // sources, in order
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<Job> jobs_;
  std::shared_ptr<limits::HostLimits> source_limits_ = *limits::HostLimits::make("old", {});
  std::shared_ptr<limits::HostLimits> target_limits_ = *limits::HostLimits::make("new", {});
  MigrationOptions options_;
  test::TemporaryFolder folder_;
  struct Counting : Observer {
    void event(const JobStatus&, const sync::Event&) override { ++events; }
    void ended(const JobStatus& job) override { ends.push_back(job.name + " " + std::string(name_of(job.state))); }
    int events = 0;
    std::vector<std::string> ends;
  } observer_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Migration> migration_;
};

}  // namespace godwit::jobs
