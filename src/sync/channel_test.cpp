// SPDX-License-Identifier: Apache-2.0
#include "sync/channel.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/run_task.h"

namespace godwit::sync {
namespace {

std::vector<int> rest_of(Channel<int>& channel) {
  std::vector<int> rest;
  test::run_task([](Channel<int>& from, std::vector<int>& to) -> Task<> {
    while (const auto value = co_await from.pop()) to.push_back(*value);
  }(channel, rest));
  return rest;
}

TEST(Channel, DeliversWhatIsQueuedWhenItIsClosed) {
  boost::asio::io_context context;
  Channel<int> channel(context.get_executor());
  channel.push(1);
  channel.push(2);
  channel.close();
  EXPECT_EQ(rest_of(channel), (std::vector<int>{1, 2}));
}

// What is pushed refers to what the producer keeps only as long as the channel is not abandoned.
TEST(Channel, DeliversNothingOnceItIsAbandoned) {
  boost::asio::io_context context;
  Channel<int> channel(context.get_executor());
  channel.push(1);
  channel.abandon();
  channel.push(2);
  EXPECT_EQ(rest_of(channel), std::vector<int>{});
}

}  // namespace
}  // namespace godwit::sync
