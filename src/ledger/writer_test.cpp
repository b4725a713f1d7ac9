// SPDX-License-Identifier: Apache-2.0
#include "ledger/writer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <latch>

namespace godwit::ledger {
namespace {

namespace asio = boost::asio;

class Numbers : public Store {
 public:
  Numbers(const std::filesystem::path& file, Order order) : Store(make(file), order) {
    value(database().execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;"
                             "CREATE TABLE number (value INTEGER PRIMARY KEY) STRICT;"
                             "CREATE TABLE late (value INTEGER REFERENCES number DEFERRABLE INITIALLY DEFERRED) STRICT;"
                             "CREATE TABLE bulk (bytes BLOB)"));
  }
  Result<> add(std::int64_t number) { return database().run("INSERT INTO number VALUES (?)", number); }
  Result<> break_commit() { return database().run("INSERT INTO late VALUES (-1)"); }  // no such number: found by COMMIT
  Result<std::int64_t> count() { return database().number("SELECT count(*) FROM number"); }
  void rolled_back() override { ++rollbacks; }

  int rollbacks = 0;

 private:
  static Database make(const std::filesystem::path& file) {
    std::ofstream(file).close();
    return std::move(Database::open(file)).value();
  }
  static void value(const Result<>& result) { ASSERT_TRUE(result.has_value()) << result.error().what; }
};

class LedgerWriterTest : public testing::Test {
 protected:
  LedgerWriterTest() {
    std::string pattern = testing::TempDir() + "godwit-writer-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    first_ = std::make_shared<Numbers>(directory_ / "first", Store::Order::first);
    last_ = std::make_shared<Numbers>(directory_ / "last", Store::Order::last);
  }
  ~LedgerWriterTest() override {
    writer_.stop();
    first_.reset();
    last_.reset();
    std::filesystem::remove_all(directory_);
  }

  // Queues work; its outcome lies in outcomes_ after run().
  template <class Work>
  std::size_t queue(const std::shared_ptr<Numbers>& store, Work work, Access access = Access::write) {
    outcomes_.emplace_back();
    const std::size_t index = outcomes_.size() - 1;
    asio::co_spawn(context_, writer_.run(store, access, std::move(work)), [this, index](std::exception_ptr, Result<> outcome) {
      outcomes_[index] = std::move(outcome);
    });
    return index;
  }
  std::size_t add(const std::shared_ptr<Numbers>& store, std::int64_t number) {
    return queue(store, [number](Numbers& numbers) { return numbers.add(number); });
  }
  // All that is queued so far is one group: the thread is held until it is.
  void run() {
    std::latch taken(1), held(1);
    writer_.post(std::make_shared<Numbers>(directory_ / ("hold" + std::to_string(++holds_)), Store::Order::first), Access::read,
                 [&taken, &held](Numbers&) -> Result<> {
                   taken.count_down();
                   held.wait();
                   return {};
                 });
    taken.wait();  // a writer that had not begun yet would take a part of what is queued now into its first group
    context_.restart();
    context_.poll();
    held.count_down();
    context_.run();
  }
  std::int64_t count(const std::shared_ptr<Numbers>& store) {
    std::int64_t found = -1;
    asio::co_spawn(context_, writer_.run(store, Access::read, [](Numbers& numbers) { return numbers.count(); }),
                   [&](std::exception_ptr, Result<std::int64_t> outcome) { found = outcome.value_or(-1); });
    context_.restart();
    context_.run();
    return found;
  }

  asio::io_context context_;
  std::filesystem::path directory_;
  std::shared_ptr<Numbers> first_, last_;
  Writer writer_;
  std::deque<Result<>> outcomes_;
  int holds_ = 0;
};

TEST_F(LedgerWriterTest, WhatIsQueuedIsOneCommit) {
  for (int i = 0; i < 500; ++i) add(first_, i);
  run();
  EXPECT_EQ(writer_.commits(), 1U);
  EXPECT_EQ(count(first_), 500);
  EXPECT_EQ(writer_.commits(), 1U) << "reading commits nothing";
}

TEST_F(LedgerWriterTest, ManyCallersAtOnceAreAllServed) {
  int done = 0;
  const auto caller = [this, &done](std::int64_t number) -> Task<> {
    for (int i = 0; i < 20; ++i) {
      auto added = co_await writer_.run(first_, Access::write,
                                        [number, i](Numbers& numbers) { return numbers.add(number * 20 + i); });
      done += added ? 1 : 0;
    }
  };
  for (int i = 0; i < 50; ++i) asio::co_spawn(context_, caller(i), [](std::exception_ptr) {});
  run();
  EXPECT_EQ(done, 1000);
  EXPECT_EQ(count(first_), 1000);
}

TEST_F(LedgerWriterTest, AFailingJobIsRolledBackAlone) {
  for (const int failing : {0, 2, 4}) {
    const std::int64_t before = count(first_);
    std::vector<std::size_t> jobs;
    for (int i = 0; i < 5; ++i) {
      const std::int64_t number = failing * 10 + i;
      jobs.push_back(queue(first_, [number, fails = i == failing](Numbers& numbers) -> Result<> {
        GODWIT_CHECK(numbers.add(number));
        if (fails) return fail(ErrorKind::bug, "no");
        return {};
      }));
    }
    run();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(outcomes_[jobs[static_cast<std::size_t>(i)]].has_value(), i != failing);
    EXPECT_EQ(count(first_), before + 4);
    EXPECT_GE(first_->rollbacks, 1);
  }
}

TEST_F(LedgerWriterTest, AThrowingJobFailsAlone) {
  const auto good = add(first_, 1);
  const auto bad = queue(first_, [](Numbers& numbers) -> Result<> {
    GODWIT_CHECK(numbers.add(2));
    throw std::runtime_error("surprise");
  });
  run();
  EXPECT_TRUE(outcomes_[good].has_value());
  ASSERT_FALSE(outcomes_[bad].has_value());
  EXPECT_EQ(outcomes_[bad].error().kind, ErrorKind::bug);
  EXPECT_EQ(count(first_), 1);
}

TEST_F(LedgerWriterTest, WhatRunsBetweenComesBehindTheCommitsAndInNoTransaction) {
  std::vector<bool> in_transaction;
  const auto look = [&](Numbers& numbers) -> Result<> {
    in_transaction.push_back(numbers.database().in_transaction());
    GODWIT_TRY(const std::int64_t numbers_there, numbers.count());
    if (numbers_there != 2) return fail(ErrorKind::bug, "it came too early");
    return {};
  };
  add(first_, 1);
  const auto between = queue(first_, look, Access::between);
  add(first_, 2);
  run();
  EXPECT_TRUE(outcomes_[between].has_value());
  EXPECT_EQ(in_transaction, std::vector<bool>{false});
  const auto alone = queue(first_, look, Access::between);
  run();
  EXPECT_TRUE(outcomes_[alone].has_value());
  EXPECT_EQ(writer_.commits(), 1U);

  queue(first_, [](Numbers& numbers) { return numbers.break_commit(); });
  const auto behind = queue(first_, look, Access::between);
  run();
  EXPECT_FALSE(outcomes_[behind].has_value()) << "what it was to follow did not come about";
  EXPECT_EQ(in_transaction.size(), 2U);
}

TEST_F(LedgerWriterTest, AFailingCommitIsToldToAllOfTheStoreAndStopsTheLast) {
  const auto other = std::make_shared<Numbers>(directory_ / "other", Store::Order::first);
  const auto derived = add(last_, 1);  // queued first, yet committed last
  const auto early = add(first_, 1);
  const auto breaking = queue(first_, [](Numbers& numbers) { return numbers.break_commit(); });
  const auto late = add(first_, 2);
  const auto reading = queue(first_, [](Numbers&) { return Result<>(); }, Access::read);
  const auto elsewhere = add(other, 1);
  run();
  for (const auto lost : {early, breaking, late, reading, derived}) {
    ASSERT_FALSE(outcomes_[lost].has_value()) << lost;
    EXPECT_EQ(outcomes_[lost].error().kind, ErrorKind::storage);
  }
  EXPECT_TRUE(outcomes_[elsewhere].has_value());
  EXPECT_EQ(count(first_), 0);
  EXPECT_EQ(count(last_), 0);
  EXPECT_EQ(count(other), 1);
  const auto again = add(first_, 1);
  run();
  EXPECT_TRUE(outcomes_[again].has_value()) << "the next group begins afresh";
}

// On a full disk SQLite may roll back more than the statement; whatever it does, answers and file agree.
TEST_F(LedgerWriterTest, AFullDiskIsAnErrorWithAdviceAndNoFalseAnswer) {
  ASSERT_TRUE(first_->database().execute("PRAGMA max_page_count = 20").has_value());
  std::vector<std::size_t> small;
  for (int i = 0; i < 3; ++i) small.push_back(add(first_, i));
  const auto large = queue(first_, [](Numbers& numbers) {
    return numbers.database().run("INSERT INTO bulk VALUES (zeroblob(500000))");
  });
  for (int i = 3; i < 6; ++i) small.push_back(add(first_, i));
  run();
  ASSERT_FALSE(outcomes_[large].has_value());
  EXPECT_EQ(outcomes_[large].error().kind, ErrorKind::storage);
  EXPECT_NE(outcomes_[large].error().what.find("disk is full"), std::string::npos) << outcomes_[large].error().what;
  EXPECT_NE(outcomes_[large].error().what.find((directory_ / "first").native()), std::string::npos);
  const auto answered = std::ranges::count_if(small, [&](std::size_t job) { return outcomes_[job].has_value(); });
  EXPECT_EQ(count(first_), answered);
  const auto again = add(first_, 10);
  run();
  EXPECT_TRUE(outcomes_[again].has_value());
}

TEST_F(LedgerWriterTest, AnswersComeOnTheExecutorThatWaits) {
  std::thread::id answered;
  const auto caller = [&]() -> Task<> {
    auto added = co_await writer_.run(first_, Access::write, [](Numbers& numbers) { return numbers.add(1); });
    EXPECT_TRUE(added.has_value());
    answered = std::this_thread::get_id();
  };
  asio::co_spawn(context_, caller(), [](std::exception_ptr) {});
  std::thread worker([this] { context_.run(); });
  const auto expected = worker.get_id();
  worker.join();
  EXPECT_EQ(answered, expected);
}

TEST_F(LedgerWriterTest, StoppingRunsWhatIsQueuedAndRefusesWhatComesLater) {
  for (int i = 0; i < 100; ++i) {
    writer_.post(first_, Access::write, [i](Numbers& numbers) { return numbers.add(i); });
  }
  const auto waiting = add(first_, 1000);
  context_.poll();
  writer_.stop();
  context_.run();
  EXPECT_TRUE(outcomes_[waiting].has_value());
  EXPECT_EQ(first_->count().value_or(-1), 101);
  const auto late = add(first_, 2000);
  context_.restart();
  context_.run();
  ASSERT_FALSE(outcomes_[late].has_value());
  EXPECT_EQ(outcomes_[late].error().kind, ErrorKind::storage);
}

}  // namespace
}  // namespace godwit::ledger
