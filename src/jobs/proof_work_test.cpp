// SPDX-License-Identifier: Apache-2.0
#include "jobs/proof_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <mutex>
#include <thread>

#include "adapters/memory/memory.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"

namespace godwit::jobs {
namespace {

using Kind = sync::Difference::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ProofWorkTest : public testing::Test {
 protected:
  struct Pair {
    adapters::MemoryMailbox source, target;
  };

  ProofWorkTest() {
    options_.threads = 2;
    options_.first_pause = std::chrono::milliseconds(1);
    options_.round.quiet_time = options_.round.first_pause = std::chrono::milliseconds(1);
    ledger_ = *ledger::open_sqlite_ledger(folder_.path() / "ledger");
  }

  Pair& add_account(const std::string& name, int messages = 10) {
    Pair& pair = *pairs_.emplace_back(std::make_unique<Pair>());
    pair.source.host = name + "-old";
    pair.target.host = name + "-new";
    for (int i = 0; i < messages; ++i) pair.source.folder("INBOX").add(test::message_named(fmt::format("{} {}", name, i)));
    pair.target.folder("INBOX");
    Job job;
    job.name = name;
    job.identity = {adapters::make_memory_source(pair.source)->identity(), adapters::make_memory_target(pair.target)->identity()};
    job.source = [&pair]() -> Result<std::unique_ptr<endpoint::Source>> { return adapters::make_memory_source(pair.source); };
    job.target = [&pair]() -> Result<std::unique_ptr<endpoint::Target>> { return adapters::make_memory_target(pair.target); };
    job.source_limits = *limits::HostLimits::make("old", {});
    job.target_limits = *limits::HostLimits::make("new", {});
    jobs_.push_back(std::move(job));
    return pair;
  }

  // Runs it over all accounts, to its end.
  Snapshot run(MakeWork work) {
    options_.work = std::move(work);
    migration_ = std::make_unique<Migration>(jobs_, *ledger_, options_, observer_);
    test::run_task(migration_->run());
    return migration_->snapshot();
  }
  Snapshot migrate() { return run(make_round); }
  Snapshot verify(sync::VerifyOptions::Depth depth = sync::VerifyOptions::Depth::listed) {
    return run(verify_work({.depth = depth, .first_pause = std::chrono::milliseconds(1)}, proofs_));
  }
  Snapshot sweep() {
    auto manifests = report::ManifestDirectory::open(folder_.path() / "manifests", folder_.path() / "key", "godwit test");
    return run(sweep_work({{}, *std::move(manifests), tolerated_}, proofs_));
  }
  std::vector<Obstacle> obstacles(const std::string& name) { return proofs_.of(name).swept.value().verdict.obstacles; }

  test::TemporaryFolder folder_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<Job> jobs_;
  MigrationOptions options_;
  struct : Observer {
    void event(const JobStatus&, const sync::Event&) override {}
    void ended(const JobStatus& job) override {
      ends.push_back(job.name + " " + std::string(name_of(job.state)));
      if (job.state == State::waiting) is_interrupted = true;
    }
    std::vector<std::string> ends;
    std::atomic<bool> is_interrupted = false;
  } observer_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  Proofs proofs_{[this](const std::string& account, const sync::Difference& difference) {
    const std::lock_guard lock(mutex_);
    told_.push_back(fmt::format("{} {} {}", account, sync::name_of(difference.kind), difference.target_uid));
  }};
  Tolerance tolerated_;
  std::unique_ptr<Migration> migration_;
};

TEST_F(ProofWorkTest, ADifferenceIsOfItsAccount) {
  add_account("good");
  Pair& changed = add_account("changed");
  migrate();
  EXPECT_EQ(verify().count(State::moved), 2U);
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(proofs_.of("changed").verified.value().counts.listed, 10U);
  std::erase_if(changed.target.folder("INBOX").messages, [](const auto& message) { return message.uid == 4; });
  const Snapshot snapshot = verify();
  EXPECT_EQ(migration_->status("good")->state, State::moved);
  EXPECT_EQ(migration_->status("changed")->state, State::incomplete);
  EXPECT_THAT(told_, ElementsAre("changed missing 4"));
  EXPECT_EQ(proofs_.of("changed").verified.value().counts.missing, 1U);
  EXPECT_EQ(proofs_.of("good").verified.value().counts.differences(), 0U);
  EXPECT_EQ(snapshot.messages_done, 20U);
  EXPECT_EQ(proofs_.of("nobody").verified, std::nullopt);
}

TEST_F(ProofWorkTest, WhatWasNeverMovedIsNotVerified) {
  add_account("new");
  for (int i = 0; i < 2; ++i) {
    verify();
    const JobStatus status = *migration_->status("new");
    EXPECT_EQ(status.state, State::failed);
    ASSERT_TRUE(status.error);
    EXPECT_THAT(status.error->what, HasSubstr("godwit migrate"));
    EXPECT_FALSE(proofs_.of("new").verified);
  }
}

TEST_F(ProofWorkTest, ALostVerificationGoesOnAndCountsWhatWasFoundBefore) {
  Pair& pair = add_account("account", 5000);  // three pages
  migrate();
  std::erase_if(pair.target.folder("INBOX").messages, [](const auto& message) { return message.uid == 2 || message.uid == 4500; });
  bool is_first = true;
  pair.target.on_call = [&] {
    if (pair.target.bodies > 2500 && std::exchange(is_first, false)) migration_->pause();
  };
  std::thread resumer([&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!observer_.is_interrupted && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    migration_->resume();
  });
  verify(sync::VerifyOptions::Depth::full);
  resumer.join();
  EXPECT_THAT(observer_.ends, ElementsAre("account moved", "account waiting", "account incomplete"));
  EXPECT_THAT(told_, UnorderedElementsAre("account missing 2", "account missing 4500"));
  const VerifiedAccount verified = proofs_.of("account").verified.value();
  EXPECT_EQ(verified.counts.missing, 2U);
  EXPECT_EQ(verified.withdrawn, 0U);
}

TEST_F(ProofWorkTest, SweepsUntilNothingIsLeftToDo) {
  Pair& pair = add_account("account");
  add_account("still");
  migrate();
  pair.source.folder("INBOX").add(test::message_named("late"));
  const Snapshot snapshot = sweep();
  EXPECT_EQ(snapshot.count(State::moved), 2U);
  const SweptAccount swept = proofs_.of("account").swept.value();
  EXPECT_THAT(swept.verdict.obstacles, IsEmpty());
  EXPECT_EQ(swept.rounds, 2);
  EXPECT_EQ(swept.brought, 1U);
  EXPECT_EQ(proofs_.of("still").swept.value().rounds, 1);
  EXPECT_EQ(migration_->status("account")->result.copied, 1U);
  EXPECT_EQ(snapshot.messages_done, 1U + 11 + 10) << "by rounds and verifications";
  EXPECT_EQ(swept.manifest, folder_.path() / "manifests" / "account.manifest.jsonl");
  const auto key = report::PublicKey::load(folder_.path() / "key.pub");
  const auto manifest = report::ManifestReader::open(swept.manifest, *key);
  ASSERT_TRUE(manifest) << describe(manifest.error());
  EXPECT_EQ((*manifest)->header().counts.items, 11U);
}

TEST_F(ProofWorkTest, WhereMailKeepsComingItIsNotFinished) {
  Pair& pair = add_account("account");
  migrate();
  int number = 0;
  const auto add = [&] { pair.source.folder("INBOX").add(test::message_named(fmt::format("late {}", ++number))); };
  add();
  pair.target.on_call = add;
  sweep();
  EXPECT_EQ(migration_->status("account")->state, State::incomplete);
  EXPECT_EQ(proofs_.of("account").swept.value().rounds, 3);
  ASSERT_EQ(obstacles("account").size(), 1U);
  EXPECT_THAT(obstacles("account")[0].what, HasSubstr("the last of 3 rounds still brought something"));
}

TEST_F(ProofWorkTest, WhatIsInTheWayIsTold) {
  add_account("closed").source.folder("Secret").add(test::message_named("secret"));
  pairs_[0]->source.unopenable = {"Secret"};
  Pair& flagged = add_account("flagged");
  Pair& big = add_account("big");
  big.source.folder("INBOX").add(test::message_named("big", 5000));
  big.target.append_limit = 1000;
  migrate();
  flagged.target.folder("INBOX").messages.front().flags = test::flags_of({"\\Answered"});
  sweep();
  ASSERT_EQ(obstacles("closed").size(), 1U);
  EXPECT_THAT(obstacles("closed")[0].what, HasSubstr("1 folder on the source cannot be opened"));
  ASSERT_EQ(obstacles("flagged").size(), 1U);
  EXPECT_THAT(obstacles("flagged")[0].what, HasSubstr("1 with other flags"));
  ASSERT_EQ(obstacles("big").size(), 1U);
  EXPECT_THAT(obstacles("big")[0].what, HasSubstr("1 item not moved (too_big)"));
  EXPECT_EQ(migration_->snapshot().count(State::incomplete), 3U);
  const auto account = test::run_task(ledger_->account(jobs_[2].identity.source, jobs_[2].identity.target));
  ASSERT_TRUE(account && test::run_task((*account)->accept_problems("too_big")));
  tolerated_.flags = true;
  sweep();
  EXPECT_THAT(obstacles("flagged"), IsEmpty());
  EXPECT_THAT(obstacles("big"), IsEmpty());
  EXPECT_EQ(migration_->status("big")->state, State::moved) << "accepted";
}

TEST_F(ProofWorkTest, ASweepThatIsStoppedHasNoVerdict) {
  Pair& pair = add_account("account", 300);
  int calls = 0;
  pair.target.on_call = [&] {
    if (++calls == 3) migration_->stop();
  };
  sweep();
  EXPECT_EQ(migration_->status("account")->state, State::waiting);
  EXPECT_FALSE(proofs_.of("account").swept);
}

TEST(Proofs, TellsOnceAndCountsWhatIsOnRecordSince) {
  std::vector<Uid> told;
  Proofs proofs([&](const std::string&, const sync::Difference& difference) { told.push_back(difference.target_uid); });
  const auto difference = [](Kind kind, Uid uid) { return sync::Difference{kind, "INBOX", uid, uid, {}, {}, {}}; };
  proofs.begin_verification("a");
  for (const auto& [kind, uid] : {std::pair{Kind::missing, 1U}, {Kind::altered, 2U}, {Kind::flags, 3U}, {Kind::missing, 4U}}) {
    proofs.add("a", difference(kind, uid));
  }
  proofs.begin_verification("a");  // after it was broken off: 1 and 2 are on record, 3 was put right, 4 was never seen there
  proofs.add("a", difference(Kind::missing, 4));
  proofs.add("a", difference(Kind::date, 5));
  proofs.add("b", difference(Kind::missing, 4));
  sync::VerifyResult result;
  result.counts.missing = 1;
  result.counts.dates = 1;
  result.withdrawn = 3;
  const VerifiedAccount verified = proofs.end_verification("a", result);
  EXPECT_THAT(told, ElementsAre(1, 2, 3, 4, 5, 4));
  EXPECT_EQ(verified.counts.missing, 2U);
  EXPECT_EQ(verified.counts.altered, 1U);
  EXPECT_EQ(verified.counts.flags, 0U);
  EXPECT_EQ(verified.counts.dates, 1U);
  EXPECT_EQ(verified.withdrawn, 2U);
  proofs.begin_verification("a");
  EXPECT_FALSE(proofs.of("a").verified);
  EXPECT_EQ(proofs.end_verification("a", {}).counts.differences(), 0U) << "a new verification begins anew";
}

}  // namespace
}  // namespace godwit::jobs
