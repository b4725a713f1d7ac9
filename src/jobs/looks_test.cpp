// SPDX-License-Identifier: Apache-2.0
#include "jobs/looks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <stdexcept>

#include "adapters/memory/memory.h"
#include "jobs/look_host.h"
#include "tests/support/run_task.h"

namespace godwit::jobs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LooksTest : public testing::Test {
 protected:
  LooksTest() {
    options_.threads = 3;
    options_.accounts_at_once = 4;
    options_.first_pause = std::chrono::milliseconds(1);
    for (int i = 0; i < 12; ++i) {
      Job job;
      job.name = fmt::format("account-{:02}", i);
      auto& mailbox = *mailboxes_.emplace_back(std::make_unique<adapters::MemoryMailbox>());
      mailbox.folder("INBOX");
      job.source = [&mailbox]() -> Result<std::unique_ptr<endpoint::Source>> { return adapters::make_memory_source(mailbox); };
      job.target = [&mailbox]() -> Result<std::unique_ptr<endpoint::Target>> { return adapters::make_memory_target(mailbox); };
      job.source_limits = source_limits_;
      job.target_limits = target_limits_;
      jobs_.push_back(std::move(job));
    }
  }

  void run() {
    Looks looks(jobs_, options_, look_, [this](std::size_t index, const Result<>& result) {
      ended_.insert(index);
      if (!result) failed_[jobs_[index].name] = result.error();
    });
    looks_ = &looks;
    test::run_task(looks.run());
    last_ = looks.snapshot();
  }

  std::vector<std::unique_ptr<adapters::MemoryMailbox>> mailboxes_;
  std::vector<Job> jobs_;
  std::shared_ptr<limits::HostLimits> source_limits_ = *limits::HostLimits::make("old", {});
  std::shared_ptr<limits::HostLimits> target_limits_ = *limits::HostLimits::make("new", {});
  LookOptions options_;
  std::mutex mutex_;
  std::map<std::string, int> calls_;  // by account
  std::function<Result<>(const LookPlace&)> answer_ = [](const LookPlace&) { return Result<>{}; };
  Look look_ = [this](LookPlace place) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto session, co_await place.source.connect());
    place.on_progress(10, 100);
    const std::lock_guard lock(mutex_);
    ++calls_[place.job.name];
    co_return answer_(place);
  };
  std::set<std::size_t> ended_;
  std::map<std::string, Error> failed_;
  Looks* looks_ = nullptr;
  LookSnapshot last_;
};

TEST_F(LooksTest, EveryAccountOnceWithCounts) {
  run();
  EXPECT_EQ(ended_.size(), 12U);
  EXPECT_EQ(calls_.size(), 12U);
  for (const auto& [name, calls] : calls_) EXPECT_EQ(calls, 1) << name;
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_EQ(last_.accounts, 12U);
  EXPECT_EQ(last_.done, 12U);
  EXPECT_EQ(last_.failed, 0U);
  EXPECT_EQ(last_.messages, 120U);
  EXPECT_EQ(last_.bytes, 1200U);
  EXPECT_THAT(last_.running, IsEmpty());
}

TEST_F(LooksTest, NoAccounts) {
  jobs_.clear();
  run();
  EXPECT_EQ(last_.done, 0U);
}

TEST_F(LooksTest, OneBadAccountStopsNoOtherAndIsNotTriedAgain) {
  answer_ = [](const LookPlace& place) -> Result<> {
    if (place.index == 3) return fail(ErrorKind::auth, "refused");
    if (place.index == 5) throw std::runtime_error("a defect");
    return {};
  };
  run();
  EXPECT_EQ(ended_.size(), 12U);
  EXPECT_EQ(calls_["account-03"], 1);
  ASSERT_EQ(failed_.size(), 2U);
  EXPECT_EQ(failed_["account-03"].kind, ErrorKind::auth);
  EXPECT_EQ(failed_["account-05"].kind, ErrorKind::bug);
  EXPECT_EQ(last_.failed, 2U);
}

TEST_F(LooksTest, WhatMayPassIsTriedAgainAndNotForEver) {
  answer_ = [this](const LookPlace& place) -> Result<> {
    const int calls = calls_[place.job.name];
    if (place.index == 1 && calls < 3) return fail(ErrorKind::network, "lost");
    if (place.index == 2) return fail(ErrorKind::unavailable, "later");
    return {};
  };
  run();
  EXPECT_EQ(calls_["account-01"], 3);
  EXPECT_EQ(calls_["account-02"], 3);
  ASSERT_EQ(failed_.size(), 1U);
  EXPECT_EQ(failed_.begin()->first, "account-02");
}

TEST_F(LooksTest, ASideThatCannotBeMadeIsToldWithItsSide) {
  jobs_[0].source = []() -> Result<std::unique_ptr<endpoint::Source>> { return fail(ErrorKind::usage, "no"); };
  jobs_[1].target = []() -> Result<std::unique_ptr<endpoint::Target>> { return fail(ErrorKind::usage, "no"); };
  run();
  EXPECT_EQ(failed_["account-00"].where, "source");
  EXPECT_EQ(failed_["account-01"].where, "target");
  EXPECT_EQ(ended_.size(), 12U);
}

TEST_F(LooksTest, AStopEndsItBeforeTheRest) {
  options_.accounts_at_once = 1;
  answer_ = [this](const LookPlace& place) -> Result<> {
    if (place.index == 4) {
      looks_->stop();
      return fail(ErrorKind::canceled, "stopped");
    }
    return {};
  };
  run();
  EXPECT_THAT(ended_, ElementsAre(0, 1, 2, 3)) << "nothing is told of what was stopped";
  EXPECT_EQ(last_.done, 4U);
  EXPECT_THAT(last_.running, IsEmpty());
}

TEST_F(LooksTest, AStopEndsThePauseBeforeAnotherAttempt) {
  options_.first_pause = std::chrono::minutes(10);
  answer_ = [this](const LookPlace& place) -> Result<> {
    if (place.index == 11) looks_->stop();
    return fail(ErrorKind::network, "lost");
  };
  options_.accounts_at_once = 12;
  run();
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(LooksTest, AllTogetherHaveNoMoreConnectionsThanTheServersAllow) {
  limits::HostSettings settings;
  settings.connections = 2;
  source_limits_ = *limits::HostLimits::make("old", settings);
  for (Job& job : jobs_) job.source_limits = source_limits_;
  unsigned most = 0;
  look_ = [&](LookPlace place) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto target, co_await place.target.connect());
    GODWIT_CO_TRY(const auto source, co_await place.source.connect());
    const std::lock_guard lock(mutex_);
    most = std::max(most, source_limits_->state().connections_open);
    co_return Result<>{};
  };
  run();
  EXPECT_EQ(ended_.size(), 12U);
  EXPECT_LE(most, 2U);
  EXPECT_GE(most, 1U);
}

struct Unreachable final : endpoint::Target {
  [[nodiscard]] std::string identity() const override { return "memory://unreachable"; }
  [[nodiscard]] std::string host() const override { return "memory"; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    ++tries;
    co_return fail(ErrorKind::network, "connection refused");
  }
  static std::atomic<int> tries;
};
std::atomic<int> Unreachable::tries = 0;

TEST_F(LooksTest, AServerThatCannotBeReachedIsGivenUpAndTheOtherSideIsLookedAt) {
  for (Job& job : jobs_) job.target = []() -> Result<std::unique_ptr<endpoint::Target>> { return std::make_unique<Unreachable>(); };
  Unreachable::tries = 0;
  std::atomic<int> sources = 0;
  look_ = [&](LookPlace place) -> Task<Result<>> {
    const auto target = co_await place.target.connect();
    GODWIT_CO_TRY(const auto source, co_await place.source.connect());
    ++sources;
    if (!target) co_return std::unexpected(target.error());
    co_return Result<>{};
  };
  run();
  EXPECT_EQ(failed_.size(), 12U);
  for (const auto& [name, error] : failed_) EXPECT_EQ(error.kind, ErrorKind::network) << name << ": " << describe(error);
  EXPECT_THAT(failed_["account-11"].what, testing::HasSubstr("given up after several tries: connection refused"));
  EXPECT_GE(sources, 12);
  EXPECT_LT(Unreachable::tries, 12) << "nobody goes on asking a server that is not there";
}

TEST_F(LooksTest, AServerThatWasReachedIsWaitedFor) {
  LookHost host(source_limits_, std::chrono::minutes(10));
  host.note_reached();
  const auto lose = [&]() -> Task<> {
    for (int i = 0; i < 5; ++i) {
      auto permit = co_await source_limits_->acquire({source_limits_->account("a"), 0, nullptr});
      (void)permit->failed(Error{ErrorKind::network, "lost", {}, {}});
    }
  };
  test::run_task(lose());
  host.look();
  EXPECT_FALSE(host.is_given_up());
  LookHost impatient(source_limits_, std::chrono::milliseconds(0));
  impatient.note_reached();
  impatient.look();
  EXPECT_TRUE(impatient.is_given_up());
  EXPECT_TRUE(impatient.stop_flag());
  LookHost never_reached(source_limits_, std::chrono::minutes(10));
  never_reached.look();
  EXPECT_TRUE(never_reached.is_given_up());
}

}  // namespace
}  // namespace godwit::jobs
