// SPDX-License-Identifier: Apache-2.0
// Many at once: promises, and threads.
#include "limits/reserve_pair.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "limits/test_lab.h"

namespace godwit::limits {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Lab;

const Error too_many{ErrorKind::unavailable, "later", "[LIMIT] Too many connections", {}};

HostSettings with_connections(unsigned all, unsigned of_one = 0) {
  HostSettings settings;
  settings.connections = all;
  settings.connections_per_account = of_one;
  return settings;
}

TEST(Reservation, GivesMoreOnlyWhenNobodyElseWaits) {
  Lab lab(with_connections(4));
  auto alone = lab.start(lab.limits->reserve(lab.asker("one"), 1, 3));
  lab.settle();
  ASSERT_TRUE(alone.is_over());
  EXPECT_EQ(alone.value()->count(), 3U);
  auto first = lab.start(lab.limits->reserve(lab.asker("two"), 2, 4));
  auto second = lab.start(lab.limits->reserve(lab.asker("three"), 1, 4));
  lab.settle();
  EXPECT_FALSE(first.is_over());
  EXPECT_FALSE(second.is_over()) << "the free one is kept for who needs two and came first";
  EXPECT_EQ(lab.limits->state().connections_taken, 3U);
  alone.value()->keep(1);
  lab.settle();
  ASSERT_TRUE(first.is_over());
  EXPECT_EQ(first.value()->count(), 2U) << "somebody waits";
  ASSERT_TRUE(second.is_over());
  EXPECT_EQ(second.value()->count(), 1U);
}

TEST(Reservation, WhoGoesAwayKeepsNobodyWaitingAnyMore) {
  Lab lab(with_connections(2));
  auto open = lab.open("one");
  std::optional<boost::asio::io_context> gone(std::in_place, 1);
  boost::asio::co_spawn(*gone, lab.limits->reserve(lab.asker("two"), 2, 2), boost::asio::detached);
  lab.settle(*gone);
  auto waits = lab.ask("three");
  EXPECT_FALSE(waits.is_over());
  gone.reset();
  EXPECT_EQ(lab.limits->state().connections_open, 2U) << "at once";
  lab.settle();
  EXPECT_TRUE(waits.is_over());
}

TEST(Reservation, WhatCanNeverBeHadIsAUsageError) {
  Lab lab(with_connections(3, 2));
  for (const unsigned least : {3U, 4U}) {
    auto asked = lab.start(lab.limits->reserve(lab.asker("one"), least, least));
    lab.settle();
    EXPECT_EQ(asked.value().error().kind, ErrorKind::usage);
    EXPECT_TRUE(describe(asked.value().error()).contains("mail.example.com"));
  }
  auto both = lab.start(lab.limits->reserve_both(lab.asker("one"), lab.limits->account("two"), 2, 2));
  lab.settle();
  EXPECT_EQ(both.value().error().kind, ErrorKind::usage);
}

TEST(Reservation, ConnectionsWithinItDoNotQueue) {
  Lab lab(with_connections(2));
  auto promised = lab.start(lab.limits->reserve(lab.asker("one"), 2, 2));
  lab.settle();
  auto other = lab.ask("two");
  EXPECT_FALSE(other.is_over());
  auto mine = lab.open("one", 2);
  auto third = lab.ask("one");
  EXPECT_FALSE(third.is_over());
  mine.pop_back();
  lab.settle();
  EXPECT_FALSE(other.is_over()) << "it is promised still";
  EXPECT_TRUE(third.is_over());
}

TEST(Reservation, WhoMayWaitForItselfHearsOfItAfterAWhile) {
  Lab lab(with_connections(2, 1));
  auto open = lab.open("one");
  auto more = lab.ask("one");
  lab.advance(seconds(29));
  EXPECT_FALSE(more.is_over());
  lab.advance(seconds(1));
  ASSERT_TRUE(more.is_over());
  EXPECT_EQ(more.value().error().kind, ErrorKind::unavailable);
  auto rest = lab.open("two");
  auto patient = lab.ask("three");
  lab.advance(seconds(3000));
  EXPECT_FALSE(patient.is_over()) << "who has nothing waits as long as it takes";
}

TEST(Reservation, APauseDoesNotUsePatienceUp) {
  Lab lab(with_connections(1));
  auto open = lab.open("one");
  lab.limits->pause();
  auto more = lab.ask("one");
  lab.advance(seconds(3000));
  EXPECT_FALSE(more.is_over());
}

TEST(ReservePair, OneServerForBothSidesGivesBothAtOnce) {
  Lab lab(with_connections(3));
  const auto pair = [&](const char* source, const char* target, unsigned lanes) {
    return lab.start(reserve_pair(lab.limits, lab.asker(source), lab.limits, lab.asker(target), lanes));
  };
  auto first = pair("a@old", "a@new", 2);
  lab.settle();
  ASSERT_TRUE(first.is_over());
  EXPECT_EQ(first.value()->lanes(), 1U);
  EXPECT_EQ(lab.limits->state().connections_taken, 2U);
  auto second = pair("b@old", "b@new", 2);
  lab.settle();
  EXPECT_FALSE(second.is_over());
  EXPECT_EQ(lab.limits->state().connections_taken, 2U) << "half of a pair is of no use";
  first.drop();
  lab.settle();
  EXPECT_TRUE(second.is_over());
  Lab narrow(with_connections(1));
  auto never = narrow.start(reserve_pair(narrow.limits, narrow.asker("a"), narrow.limits, narrow.asker("b"), 1));
  narrow.settle();
  EXPECT_EQ(never.value().error().kind, ErrorKind::usage);
}

TEST(ReservePair, AsManyLanesAsBothSidesHave) {
  Lab source(with_connections(5)), target(with_connections(2));
  for (const bool turned : {false, true}) {
    Lab& one = turned ? target : source;
    Lab& other = turned ? source : target;
    auto pair = source.start(reserve_pair(one.limits, one.asker("a"), other.limits, other.asker("a"), 4));
    source.settle();
    ASSERT_TRUE(pair.is_over());
    EXPECT_EQ(pair.value()->lanes(), 2U);
    EXPECT_EQ(pair.value()->target.count(), 2U);
    EXPECT_EQ(source.limits->state().connections_taken, 2U) << "what is of no use is given back";
  }
}

// What many people on two threads do with one server; every one of them must go on on its own thread.
struct Crowd {
  explicit Crowd(std::shared_ptr<HostLimits> of) : limits(std::move(of)) {}

  Task<> visit(std::string account, std::thread::id thread) {
    for (int count = 0; count < 5; ++count) {
      auto permit = co_await limits->acquire({limits->account(account), count % 3, nullptr});
      if (!permit) {
        ADD_FAILURE() << describe(permit.error());
        co_return;
      }
      EXPECT_EQ(std::this_thread::get_id(), thread);
      const int now = ++open;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) continue;
      if (count % 2 == 0) permit->connected();
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
      --open;
      if (count == 4) static_cast<void>(permit->failed({ErrorKind::auth, "no", {}, {}}));
      permit->release();
      ++visits;
    }
  }

  std::shared_ptr<HostLimits> limits;
  std::atomic<int> open{0}, most{0}, visits{0};
};

TEST(HostLimitsThreads, ManyOnTwoThreadsNeverExceedTheLimit) {
  auto limits = HostLimits::make("mail.example.com", with_connections(7, 3)).value();
  Crowd crowd(limits);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&crowd, thread] {
      boost::asio::io_context context(1);
      for (int person = 0; person < 40; ++person) {
        boost::asio::co_spawn(context, crowd.visit(std::to_string((person + thread) % 40), std::this_thread::get_id()),
                              boost::asio::detached);
      }
      context.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(crowd.visits, 2 * 40 * 5);
  EXPECT_EQ(crowd.most, 7);
  const HostState state = limits->state();
  EXPECT_EQ(state.connections_wanted, 0U);
  EXPECT_EQ(state.connections_taken, 0U);
}

// Without the promise of both, two accounts that got one each would wait for each other at once.
TEST(HostLimitsThreads, AccountsNeverWaitForEachOtherInACircle) {
  auto one = HostLimits::make("one.example.com", with_connections(2)).value();
  auto other = HostLimits::make("other.example.com", with_connections(3)).value();
  std::atomic<int> done{0};
  const auto move = [&done](std::shared_ptr<HostLimits> source, std::shared_ptr<HostLimits> target, std::string name) -> Task<> {
    const Asker at_source{source->account(name), 0, nullptr};
    const Asker at_target{target->account(name), 0, nullptr};
    const auto pair = co_await reserve_pair(source, at_source, target, at_target, 2);
    if (!pair) {
      ADD_FAILURE() << describe(pair.error());
      co_return;
    }
    for (unsigned lane = 0; lane < pair->lanes(); ++lane) {
      const auto from = co_await source->acquire(at_source);
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
      const auto to = co_await target->acquire(at_target);
      EXPECT_TRUE(from && to);
    }
    ++done;
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      boost::asio::io_context context(1);
      for (int account = 0; account < 60; ++account) {
        const bool is_turned = (account + thread) % 2 == 0;
        boost::asio::co_spawn(context, move(is_turned ? other : one, is_turned ? one : other, fmt::format("{}-{}", thread, account)),
                              boost::asio::detached);
      }
      context.run_for(seconds(30));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 120);
}

}  // namespace
}  // namespace godwit::limits
