// SPDX-License-Identifier: Apache-2.0
#include "cli/run_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/recorded_estimate.h"

namespace godwit::cli {
namespace {

using jobs::Moment;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t begin = 1'700'000'000;
constexpr const char* estimate = R"({"messages":100,"bytes":9000,"seconds":60,"seconds_low":50,"seconds_high":70})";

Moment moment(std::int64_t second, std::uint64_t items, std::uint64_t bytes, milliseconds source = {}, int running = 1) {
  return {std::chrono::system_clock::time_point(seconds(begin + second)), items, bytes, source, {}, running};
}

ledger::RunRecord record(ledger::RunId id, std::int64_t began, std::optional<std::int64_t> ended, const std::vector<Moment>& timeline,
                         const std::string& software = {}) {
  ledger::RunRecord run;
  run.id = id;
  run.command = "migrate";
  run.began = {begin + began, 0};
  if (ended) run.ended = InternalDate{begin + *ended, 0};
  run.settings = jobs::settings_text({"godwit 0.1.0", {{"run", std::to_string(id)}}, {{"source", "imap://old:143", software}}});
  run.timeline = jobs::timeline_text(timeline);
  return run;
}

// One that was killed, one that was not.
RunHistory two_runs() {
  return {{record(1, 0, std::nullopt, {moment(10, 40, 4000, milliseconds(9'000)), moment(20, 60, 5000)}, "Dovecot"),
           record(2, 100, 130, {moment(110, 0, 0), moment(120, 50, 6000, milliseconds(1'000))})},
          std::nullopt};
}

TEST(RunHistory, CountsGoOnFromRunToRun) {
  const auto points = two_runs().timeline();
  std::vector<std::uint64_t> items, bytes;
  std::vector<std::int64_t> times;
  for (const auto& point : points) {
    items.push_back(point.items);
    bytes.push_back(point.bytes);
    times.push_back(point.time.seconds - begin);
  }
  EXPECT_THAT(times, ElementsAre(10, 20, 110, 120));
  EXPECT_THAT(items, ElementsAre(40, 60, 60, 110));
  EXPECT_THAT(bytes, ElementsAre(4000, 5000, 5000, 11'000));
  EXPECT_DOUBLE_EQ(points[0].items_per_second, 4);
  EXPECT_DOUBLE_EQ(points[2].items_per_second, 0) << "nothing is done between two runs";
  EXPECT_DOUBLE_EQ(points[3].bytes_per_second, 600);
  EXPECT_EQ(points[0].limited_by, report::Bottleneck::source);
  EXPECT_EQ(points[3].limited_by, report::Bottleneck::godwit);
}

TEST(RunHistory, TellsWhichRunsEnded) {
  const auto runs = two_runs().runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_FALSE(runs[0].ended || runs[0].is_at_work);
  EXPECT_EQ(runs[1].ended->seconds, begin + 130);
  EXPECT_EQ(runs[0].items, 60U);
  EXPECT_EQ(runs[1].bytes, 6000U);
  EXPECT_EQ(runs[0].program, "godwit 0.1.0");
}

TEST(RunHistory, TheRunAtWorkIsAsItIsNow) {
  const RunHistory history({record(1, 0, 5, {moment(3, 7, 70)}), record(2, 100, std::nullopt, {})},
                           record(2, 100, std::nullopt, {moment(101, 5, 50)}, "Cyrus"));
  const auto runs = history.runs();
  EXPECT_FALSE(runs[0].is_at_work);
  EXPECT_TRUE(runs[1].is_at_work);
  EXPECT_EQ(runs[1].items, 5U);
  EXPECT_EQ(history.timeline().back().items, 12U);
  EXPECT_EQ(history.software_at("imap://old:143"), "Cyrus");
}

TEST(RunHistory, ServersAreAsTheyCalledThemselvesLast) {
  EXPECT_EQ(two_runs().software_at("imap://old:143"), "Dovecot") << "the second run did not learn it";
  EXPECT_EQ(two_runs().software_at("imap://new:143"), "");
  ASSERT_EQ(two_runs().settings().size(), 1U);
  EXPECT_EQ(two_runs().settings()[0].value, "2");
}

TEST(RunHistory, PredictedAgainstActual) {
  EXPECT_FALSE(two_runs().forecast("", true));
  const auto forecast = two_runs().forecast(estimate, true);
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->items, 100U);
  EXPECT_EQ(forecast->low, seconds(50));
  EXPECT_EQ(forecast->high, seconds(70));
  EXPECT_EQ(forecast->actual_items, 110U);
  EXPECT_EQ(forecast->actual_bytes, 11'000U);
  EXPECT_EQ(forecast->actual, seconds(20 + 30)) << "of what was killed, until the last moment on record; not the time between";
  EXPECT_TRUE(forecast->is_over);
  auto first = record(1, 0, 5, {});
  first.estimate = estimate;
  EXPECT_EQ(RunHistory({first}, std::nullopt).forecast(R"({"items":7})", false)->items, 100U) << "what was said before counts";
}

TEST(RunHistory, NothingOnRecordIsNothing) {
  const RunHistory none({}, std::nullopt);
  EXPECT_THAT(none.runs(), IsEmpty());
  EXPECT_THAT(none.timeline(), IsEmpty());
  EXPECT_THAT(none.settings(), IsEmpty());
  auto damaged = record(1, 10, 5, {});
  damaged.settings = damaged.timeline = damaged.estimate = "{\"";
  const RunHistory history({damaged}, std::nullopt);
  EXPECT_EQ(history.runs()[0].items, 0U);
  EXPECT_FALSE(history.forecast("", true));
}

TEST(RecordedEstimate, WhatIsNoneIsNothing) {
  ASSERT_TRUE(forecast_of(estimate));
  for (std::size_t length = 0; length < std::string_view(estimate).size(); ++length) {
    EXPECT_FALSE(forecast_of(std::string_view(estimate).substr(0, length))) << length;
  }
  for (const char* const text : {"", "[]", "7", "{}", R"({"items":"x","bytes":1,"seconds":1,"seconds_low":1,"seconds_high":1})"}) {
    EXPECT_FALSE(forecast_of(text)) << text;
  }
}

}  // namespace
}  // namespace godwit::cli
