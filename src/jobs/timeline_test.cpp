// SPDX-License-Identifier: Apache-2.0
#include "jobs/timeline.h"

#include <gtest/gtest.h>

namespace godwit::jobs {
namespace {

using std::chrono::seconds;

Moment moment_at(int second, std::uint64_t messages, double source_waited = 0, double target_waited = 0, int running = 1) {
  Moment moment;
  moment.time = std::chrono::system_clock::time_point(seconds(1'700'000'000 + second));
  moment.messages_done = messages;
  moment.bytes_done = messages * 1000;
  moment.source_waited = std::chrono::nanoseconds(static_cast<std::int64_t>(source_waited * 1e9));
  moment.target_waited = std::chrono::nanoseconds(static_cast<std::int64_t>(target_waited * 1e9));
  moment.running = running;
  return moment;
}

TEST(Timeline, KeepsABoundedNumberOfPointsFromTheBeginningToNearTheEnd) {
  Timeline timeline(64);
  for (int second = 0; second < 100'000; ++second) timeline.add(moment_at(second, static_cast<std::uint64_t>(second)));
  const auto& points = timeline.points();
  EXPECT_LE(points.size(), 64U);
  EXPECT_GE(points.size(), 32U);
  EXPECT_EQ(points.front().messages_done, 0U);
  EXPECT_GT(points.back().messages_done, 95'000U);
  const auto step = points[1].messages_done - points[0].messages_done;
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    const auto between = static_cast<double>(points[i + 1].messages_done - points[i].messages_done);
    EXPECT_NEAR(between, static_cast<double>(step), 0.5 * static_cast<double>(step));
  }
}

TEST(Timeline, TheRateIsThatOfTheLastSeconds) {
  Timeline timeline;
  for (int second = 0; second <= 30; ++second) timeline.add(moment_at(second, static_cast<std::uint64_t>(second * 1000)));
  for (int second = 31; second <= 60; ++second) timeline.add(moment_at(second, static_cast<std::uint64_t>(30'000 + (second - 30) * 10)));
  EXPECT_DOUBLE_EQ(timeline.recent(seconds(20)).messages, 10);
  EXPECT_DOUBLE_EQ(timeline.recent(seconds(20)).bytes, 10'000);
  EXPECT_GT(timeline.recent(seconds(50)).messages, 100);
}

TEST(Timeline, WithoutTwoMomentsThereIsNoRate) {
  Timeline timeline;
  EXPECT_EQ(timeline.recent().messages, 0);
  timeline.add(moment_at(0, 100));
  EXPECT_EQ(timeline.recent().messages, 0);
  EXPECT_EQ(timeline.recent().bottleneck, Bottleneck::unknown);
}

struct BottleneckCase {
  double source, target;  // waited in ten seconds, per account
  Bottleneck expected;
  double limits = 0;
};

TEST(Timeline, TheBottleneckIsWhatIsWaitedFor) {
  for (const auto& each : {BottleneckCase{9, 1, Bottleneck::source}, BottleneckCase{1, 9, Bottleneck::target},
                           BottleneckCase{8, 8, Bottleneck::line}, BottleneckCase{1, 1, Bottleneck::godwit},
                           BottleneckCase{1, 1, Bottleneck::limits, 8}, BottleneckCase{9, 1, Bottleneck::source, 1}}) {
    for (const int accounts : {1, 7}) {
      Timeline timeline;
      timeline.add(moment_at(0, 0, 0, 0, accounts));
      Moment after = moment_at(10, 100, each.source * accounts, each.target * accounts, accounts);
      after.limits_waited = std::chrono::seconds(static_cast<int>(each.limits * accounts));
      timeline.add(after);
      EXPECT_EQ(timeline.recent().bottleneck, each.expected) << each.source << " " << each.target << " of " << accounts;
    }
  }
}

}  // namespace
}  // namespace godwit::jobs
