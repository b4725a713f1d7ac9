// SPDX-License-Identifier: Apache-2.0
#include "estimate/calibration.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/memory/memory.h"
#include "estimate/count.h"
#include "estimate/sample.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::estimate {
namespace {

using testing::HasSubstr;

std::string message_of(std::size_t size) { return generated_message(size, size); }

class CalibrationTest : public testing::Test {
 protected:
  struct Pair {
    adapters::MemoryMailbox source, target;
  };

  Pair& add_account(const std::string& name, int messages) {
    Pair& pair = *pairs_.emplace_back(std::make_unique<Pair>());
    pair.source.host = name + "-old";
    pair.target.host = name + "-new";
    for (std::size_t i = 0; i < static_cast<std::size_t>(messages); ++i) {
      pair.source.folder(i % 3 == 0 ? "Sent" : "INBOX").add(message_of(200 + 50 * i));
    }
    pair.target.folder("INBOX").add("Subject: there\r\n\r\nalready\r\n");
    jobs::Job job;
    job.name = name;
    job.identity = {name + "-old", name + "-new"};
    job.source = [&pair]() -> Result<std::unique_ptr<endpoint::Source>> { return adapters::make_memory_source(pair.source); };
    job.target = [&pair]() -> Result<std::unique_ptr<endpoint::Target>> { return adapters::make_memory_target(pair.target); };
    job.source_limits = source_limits_;
    job.target_limits = target_limits_;
    jobs_.push_back(std::move(job));
    return pair;
  }

  Result<Calibration> run() {
    const auto scratch = *ledger::open_sqlite_ledger(folder_.path() / "ledger");
    options_.threads = 2;
    options_.enough = std::chrono::milliseconds(1);
    return test::run_task(calibrate(jobs_, *scratch, options_, stop_));
  }

  void expect_nothing_left() {
    for (const auto& pair : pairs_) {
      ASSERT_EQ(pair->target.folders.size(), 1U);
      EXPECT_EQ(pair->target.folders.at("INBOX").messages.size(), 1U);
    }
  }

  test::TemporaryFolder folder_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<jobs::Job> jobs_;
  std::shared_ptr<limits::HostLimits> source_limits_ = *limits::HostLimits::make("old", {});
  std::shared_ptr<limits::HostLimits> target_limits_ = *limits::HostLimits::make("new", {});
  CalibrationOptions options_;
  std::atomic<bool> stop_ = false;
};

TEST_F(CalibrationTest, MeasuresAndLeavesNothingBehind) {
  for (int i = 0; i < 4; ++i) add_account(fmt::format("account-{}", i), 60);
  const auto calibration = run();
  ASSERT_TRUE(calibration) << describe(calibration.error());
  EXPECT_TRUE(calibration->is_measured);
  EXPECT_GT(calibration->speed.alone.account, 0);
  EXPECT_GT(calibration->speed.pairs, 1);
  EXPECT_TRUE(calibration->notes.empty()) << calibration->notes.front();
  for (const auto& pair : pairs_) EXPECT_GT(pair->target.appends, 0U);
  expect_nothing_left();
}

TEST_F(CalibrationTest, OnlyReadsWhereItMayNotStore) {
  for (int i = 0; i < 2; ++i) add_account(fmt::format("account-{}", i), 30);
  options_.may_store = false;
  const auto calibration = run();
  ASSERT_TRUE(calibration) << describe(calibration.error());
  EXPECT_FALSE(calibration->is_measured);
  EXPECT_GE(calibration->speed.spread, 0.5);
  for (const auto& pair : pairs_) EXPECT_EQ(pair->target.calls, 0U) << "the target is not even asked";
  for (const auto& pair : pairs_) EXPECT_GT(pair->source.bodies, 0U);
}

TEST_F(CalibrationTest, EmptyAccountsAreEnough) {
  add_account("empty", 0).source.folder("INBOX");
  const auto calibration = run();
  ASSERT_TRUE(calibration) << describe(calibration.error());
  EXPECT_GT(calibration->speed.alone.account, 0);
  EXPECT_EQ(calibration->speed.pairs, 1);
  expect_nothing_left();
}

TEST_F(CalibrationTest, ABadAccountIsLeftOutAndTold) {
  add_account("good", 20);
  add_account("bad", 20);
  jobs_[1].source = []() -> Result<std::unique_ptr<endpoint::Source>> { return fail(ErrorKind::auth, "the server refused the login"); };
  const auto calibration = run();
  ASSERT_TRUE(calibration) << describe(calibration.error());
  ASSERT_EQ(calibration->notes.size(), 1U);
  EXPECT_THAT(calibration->notes[0], HasSubstr("bad"));
  jobs_.erase(jobs_.begin());
  EXPECT_FALSE(run());
}

TEST_F(CalibrationTest, ARefusingTargetIsAnErrorAndIsCleanedUp) {
  add_account("account", 20).target.append_limit = 10;
  EXPECT_FALSE(run());
  expect_nothing_left();
}

TEST_F(CalibrationTest, AStopEndsIt) {
  add_account("account", 20);
  stop_ = true;
  const auto calibration = run();
  ASSERT_FALSE(calibration);
  EXPECT_EQ(calibration.error().kind, ErrorKind::canceled);
  expect_nothing_left();
}

TEST(GeneratedMessage, HasItsSizeAndNothingUnusual) {
  std::set<std::string> all;
  for (std::uint64_t size = 0; size < 2000; ++size) {
    const std::string message = generated_message(size, size);
    ASSERT_EQ(message.size(), size);
    if (size > 2) ASSERT_TRUE(message.ends_with("\r\n")) << size;
    for (std::size_t i = 0; i + 1 < size && size > 2; ++i) {
      ASSERT_FALSE(message[i] == '\r' && message[i + 1] != '\n') << size;
      ASSERT_FALSE(message[i] != '\r' && message[i + 1] == '\n') << size;
    }
    all.insert(message);
  }
  EXPECT_EQ(all.size(), 2000U);
  EXPECT_NE(generated_message(500, 1), generated_message(500, 2));
  EXPECT_EQ(generated_message(1'000'000, 3).size(), 1'000'000U);
}

TEST(SpreadUids, TakesAPartFromEverywhere) {
  EXPECT_EQ(spread_uids(100, 50, 100), UidSet::of_range(1, 100));
  const UidSet part = spread_uids(100'000, 100'000, 5'000);
  EXPECT_NEAR(static_cast<double>(part.size()), 5'000, 100);
  EXPECT_EQ(part.first(), 1U);
  EXPECT_GT(part.last(), 97'000U);
  EXPECT_LE(part.last(), 100'000U);
  EXPECT_EQ(spread_uids(0, 0, 10), UidSet::of_range(1, 1));
}

Count count_of(adapters::MemoryMailbox& mailbox, CountOptions options = {}) {
  const auto source = adapters::make_memory_source(mailbox);
  const auto all = [&]() -> Task<Result<Count>> {
    GODWIT_CO_TRY(const auto session, co_await source->connect());
    co_return co_await count(*session, options);
  };
  auto counted = test::run_task(all());
  EXPECT_TRUE(counted);
  return counted.value_or(Count{});
}

TEST(Count, KnowsMessagesAndSizes) {
  adapters::MemoryMailbox mailbox;
  for (int i = 0; i < 40; ++i) mailbox.folder(fmt::format("Folder {}", i)).add(message_of(1000));
  mailbox.folder("Empty");
  EXPECT_EQ(count_of(mailbox), (Count{41, 40, 40'000, true}));
}

TEST(Count, ALargeFoldersSizesAreTakenFromAPart) {
  adapters::MemoryMailbox mailbox;
  for (int i = 0; i < 2000; ++i) mailbox.folder("INBOX").add(message_of(i % 2 == 0 ? 300 : 500));
  const Count counted = count_of(mailbox, {.rules = {}, .most_sizes = 200});
  EXPECT_FALSE(counted.is_exact);
  EXPECT_EQ(counted.messages, 2000U);
  EXPECT_NEAR(counted.bytes, 800'000, 40'000);
}

TEST(Sample, HasTheShapeThatIsAskedFor) {
  Offer offer;
  offer.folders.resize(2);
  offer.folders[0].name = "INBOX";
  offer.folders[1].name = "Sent";
  for (Uid uid = 1; uid <= 100; ++uid) offer.messages.push_back({uid % 2, uid, uid * 100});
  EXPECT_EQ(sample_of(offer, Shape::one_folder, 1000, 1e9).messages, 1);
  const Sample apart = sample_of(offer, Shape::several_folders, 1000, 1e9);
  EXPECT_EQ(apart.folders.size(), several);
  EXPECT_EQ(apart.messages, several);
  const Sample small = sample_of(offer, Shape::small, 20, 1e9), large = sample_of(offer, Shape::large, 20, 1e9);
  EXPECT_NEAR(small.messages, 20, 1);
  EXPECT_EQ(small.folders.size(), 2U);
  EXPECT_LT(small.bytes / small.messages, 5000);
  EXPECT_GT(large.bytes / large.messages, 5000);
  EXPECT_LE(sample_of(offer, Shape::large, 1000, 40'000).bytes, 50'000);
  EXPECT_EQ(sample_of(Offer{}, Shape::small, 10, 1e9).folders.size(), 0U);
}

}  // namespace
}  // namespace godwit::estimate
