// SPDX-License-Identifier: Apache-2.0
#include "base/background.h"

#include <gtest/gtest.h>

#include <latch>
#include <optional>
#include <vector>

namespace godwit {
namespace {

TEST(Background, RunsInOrderOnAThreadOfItsOwn) {
  Background background;
  std::vector<int> order;
  std::vector<Background::Ticket> tickets;
  std::thread::id thread;
  for (int i = 0; i < 100; ++i) {
    tickets.push_back(background.run([&order, &thread, i] {
      order.push_back(i);
      thread = std::this_thread::get_id();
    }));
  }
  tickets.back().wait();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(Background, WhoeverDropsATicketWaits) {
  Background background;
  int lent = 0;
  {
    std::latch held(1);
    auto first = background.run([&held] { held.wait(); });
    auto second = background.run([&lent] { lent = 1; });
    held.count_down();
  }
  EXPECT_EQ(lent, 1);
}

TEST(Background, ATicketThatIsReplacedWaitsForTheOldJob) {
  Background background;
  int done = 0;
  auto ticket = background.run([&done] { done = 1; });
  ticket = Background::Ticket();
  EXPECT_EQ(done, 1);
  ticket.wait();  // nothing to wait for
}

TEST(Background, EndsAfterEverythingWasDone) {
  int done = 0;
  std::vector<Background::Ticket> tickets;
  {
    std::optional<Background> background(std::in_place);
    for (int i = 0; i < 10; ++i) tickets.push_back(background->run([&done] { ++done; }));
    for (auto& ticket : tickets) ticket.wait();
  }
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace godwit
