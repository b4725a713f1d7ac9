// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <thread>

#include "base/error_code.h"
#include "base/wakeup.h"
#include "tests/support/run_task.h"

namespace godwit::oauth {
namespace {

using Clock = TokenCache::Clock;
using std::chrono::seconds;

class Lab {
 public:
  TokenCache cache{[this] { return fetch(this); }, [this] { return now; }};
  Clock::time_point now{seconds(1'000'000)};
  seconds lifetime{100};
  bool fails = false;
  int fetched = 0;

  std::string get(std::string refused = {}) {
    auto token = test::run_task(cache.get(Secret(std::move(refused))));
    return token ? std::string(token->reveal()) : "error " + token.error().what;
  }

 private:
  static Task<Result<Token>> fetch(Lab* lab) {
    ++lab->fetched;
    if (lab->fails) co_return fail(codes::token_client, "no");
    co_return Token{Secret("token " + std::to_string(lab->fetched)), lab->lifetime};
  }
};

TEST(TokenCache, KeepsATokenUntilATenthIsLeft) {
  Lab lab;
  EXPECT_EQ(lab.get(), "token 1");
  lab.now += seconds(89);
  EXPECT_EQ(lab.get(), "token 1");
  lab.now += seconds(1);
  EXPECT_EQ(lab.get(), "token 2");
  lab.lifetime = std::chrono::hours(10);
  lab.now += seconds(100);
  EXPECT_EQ(lab.get(), "token 3");
  lab.now += std::chrono::hours(10) - std::chrono::minutes(5) - seconds(1);
  EXPECT_EQ(lab.get(), "token 3") << "five minutes at most";
  lab.now += seconds(1);
  EXPECT_EQ(lab.get(), "token 4");
}

TEST(TokenCache, GivesNoTokenThatWasRefused) {
  Lab lab;
  EXPECT_EQ(lab.get(), "token 1");
  EXPECT_EQ(lab.get("token 1"), "token 2");
  EXPECT_EQ(lab.get("token 1"), "token 2") << "refused before it was renewed";
  EXPECT_EQ(lab.get(), "token 2");
  EXPECT_EQ(lab.fetched, 2);
}

TEST(TokenCache, WhatIsAtHandServesToItsEndWhereNoOtherIsHad) {
  Lab lab;
  lab.get();
  lab.fails = true;
  lab.now += seconds(95);
  EXPECT_EQ(lab.get(), "token 1");
  EXPECT_EQ(lab.get("token 1"), "error no");
  lab.fails = false;
  EXPECT_EQ(lab.get(), "token 4");
  lab.fails = true;
  lab.now += seconds(100);
  EXPECT_EQ(lab.get(), "error no");
}

// Holds each fetch until it is let go.
class Gate {
 public:
  std::atomic<int> begun = 0;
  Task<Result<Token>> fetch() {
    Wakeup wakeup(co_await boost::asio::this_coro::executor);
    {
      const std::lock_guard lock(mutex_);
      ++begun;
      bell_ = wakeup.bell();
    }
    co_await wakeup.wait();
    if (fails) co_return fail(codes::token_client, "no");
    co_return Token{Secret("shared"), seconds(100)};
  }
  void open() {
    const std::lock_guard lock(mutex_);
    bell_();
  }
  bool fails = false;

 private:
  std::mutex mutex_;
  std::function<void()> bell_;
};

void wait_for(const std::function<bool()>& is_so) {
  while (!is_so()) std::this_thread::yield();
}

// Twenty on four threads ask at once.
std::pair<int, int> ask_by_many(bool fails) {
  Gate gate;
  gate.fails = fails;
  TokenCache cache([&gate] { return gate.fetch(); });
  std::atomic<int> asked = 0, good = 0, bad = 0;
  const auto ask = [](TokenCache& from, std::atomic<int>& has_asked, std::atomic<int>& is_good, std::atomic<int>& is_bad) -> Task<> {
    ++has_asked;
    const auto token = co_await from.get(Secret());
    ++(token ? is_good : is_bad);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      boost::asio::io_context context(1);
      for (int k = 0; k < 5; ++k) boost::asio::co_spawn(context, ask(cache, asked, good, bad), boost::asio::detached);
      context.run();
    });
  }
  wait_for([&] { return asked == 20 && gate.begun > 0; });
  int opened = 0;
  while (good + bad < 20) {
    if (gate.begun > opened) {
      ++opened;
      gate.open();
    }
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good + bad, 20);
  return {gate.begun, good};
}

TEST(TokenCache, OneRenewalForAll) { EXPECT_EQ(ask_by_many(false), (std::pair{1, 20})); }

TEST(TokenCache, OneFailureForAllWhoWait) {
  const auto [begun, good] = ask_by_many(true);
  EXPECT_LE(begun, 20);
  EXPECT_EQ(good, 0);
}

TEST(TokenCache, WhoIsBrokenOffLetsAnotherOneTry) {
  Gate gate;
  TokenCache cache([&gate] { return gate.fetch(); });
  auto first = std::make_unique<boost::asio::io_context>(1);
  boost::asio::co_spawn(*first, cache.get(Secret()), boost::asio::detached);
  first->poll();
  ASSERT_EQ(gate.begun, 1);
  boost::asio::io_context second(1);
  bool is_given = false;
  boost::asio::co_spawn(second, cache.get(Secret()),
                        [&](const std::exception_ptr&, const Result<Secret>& token) { is_given = token.has_value(); });
  second.poll();
  EXPECT_EQ(gate.begun, 1) << "it waits for the first";
  first.reset();
  second.restart();
  while (gate.begun < 2) second.run_one_for(std::chrono::milliseconds(50));
  gate.open();
  while (!is_given) second.run_one_for(std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace godwit::oauth
