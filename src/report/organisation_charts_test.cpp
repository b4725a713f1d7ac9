// SPDX-License-Identifier: Apache-2.0
#include "report/organisation_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "report/organisation_sample.h"

namespace godwit::report {
namespace {

using test::at;
using test::sample_report;
using test::written;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(OrganisationCharts, ThinnedPointsKeepTheEndTheMeanAndTheLimit) {
  std::vector<TimelinePoint> points;
  for (std::size_t i = 0; i < 1000; ++i) {
    TimelinePoint point;
    point.time = at(static_cast<std::int64_t>(i));
    point.items = i;
    point.bytes_per_second = i % 2 == 0 ? 10 : 20;
    point.limited_by = i % 10 < 7 ? Bottleneck::source : Bottleneck::line;
    points.push_back(point);
  }
  points.push_back({{std::numeric_limits<std::int64_t>::min(), 0}, 5, 5, 1, 1, Bottleneck::godwit});
  std::ranges::reverse(points);
  const auto few = thinned(points, 100);
  ASSERT_EQ(few.size(), 100U);
  EXPECT_EQ(few.front().items, 9U);
  EXPECT_EQ(few.back().items, 999U);
  for (const TimelinePoint& point : few) {
    EXPECT_DOUBLE_EQ(point.bytes_per_second, 15);
    EXPECT_EQ(point.limited_by, Bottleneck::source);
  }
  EXPECT_EQ(thinned(points, 5000).size(), 1000U) << "the time that cannot be shown is left out";
  EXPECT_TRUE(thinned({}, 10).empty());
}

TEST(OrganisationCharts, TellTheirNumbersInWords) {
  const OrganisationReport report = sample_report(100);
  EXPECT_THAT(progress_figures(report.timeline), AllOf(HasSubstr("source 44.3 %"), HasSubstr("class=\"by-limits\""), HasSubstr("GiB")));
  const std::string forecast = forecast_figure(*report.forecast);
  EXPECT_THAT(forecast, AllOf(HasSubstr("14:00 h (12:30 h to 16:00 h)"), HasSubstr("15:00 h (+7.1 %)")));
  Forecast running = *report.forecast;
  running.is_over = false;
  EXPECT_THAT(forecast_figure(running), AllOf(HasSubstr("15:00 h so far"), Not(HasSubstr("+7.1 %"))));
  EXPECT_THAT(forecast_figure({}), AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
  EXPECT_THAT(grades_figure(summary_of(report)), AllOf(HasSubstr("review 2"), HasSubstr("failed 0"), Not(HasSubstr("not graded"))));
}

TEST(OrganisationCharts, OddTimelinesAreDrawnAllTheSame) {
  const TimelinePoint one{at(0), 5, 5, std::numeric_limits<double>::infinity(), -7, Bottleneck::unknown};
  TimelinePoint huge{at(1), std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max(), 1e300, 1e300, {}};
  TimelinePoint far = huge;
  far.time = {250'000'000'000, 0};
  for (const std::vector<TimelinePoint>& points : {std::vector{one}, {one, one}, {one, huge}, {one, far}, {far, one, huge}}) {
    EXPECT_THAT(progress_figures(points), AllOf(HasSubstr("<svg"), Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
  }
  EXPECT_EQ(progress_figures({}), "");
}

TEST(OrganisationCharts, ManyWavesAreCut) {
  OrganisationReport report;
  for (int i = 0; i < 100; ++i) report.waves.push_back({fmt::format("wave {}", i), {}, {}, {}});
  const std::string figure = waves_figure(summary_of(report));
  EXPECT_THAT(figure, AllOf(HasSubstr("the first 40"), HasSubstr(">wave 39<"), Not(HasSubstr(">wave 40<"))));
  const std::string page = written(write_html, report);
  EXPECT_THAT(page, HasSubstr("wave 99</bdi>"));
}

}  // namespace
}  // namespace godwit::report
