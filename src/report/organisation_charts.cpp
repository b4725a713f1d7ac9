// SPDX-License-Identifier: Apache-2.0
#include "report/organisation_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>

#include "base/text.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/svg_chart.h"

namespace godwit::report {
namespace {

constexpr std::array grades{Grade::perfect, Grade::good, Grade::review, Grade::failed};
constexpr std::array bottlenecks{Bottleneck::source, Bottleneck::target, Bottleneck::line,
                                 Bottleneck::godwit, Bottleneck::limits, Bottleneck::unknown};
using BottleneckCounts = std::array<std::size_t, bottlenecks.size()>;
constexpr std::size_t curve_points = 240;  // more than that cannot be told apart

std::string_view colour_of(Bottleneck bottleneck) {
  switch (bottleneck) {
    case Bottleneck::source: return "by-source";
    case Bottleneck::target: return "by-target";
    case Bottleneck::line: return "by-line";
    case Bottleneck::godwit: return "by-godwit";
    case Bottleneck::limits: return "by-limits";
    case Bottleneck::unknown: return "by-unknown";
  }
  return "by-unknown";
}

std::string_view label_of(Standing standing) { return standing == Standing::decision ? "needs a decision" : name_of(standing); }

std::string figure(std::string_view title, std::string_view chart, std::string_view legend) {
  return fmt::format("<figure class=\"across\"><figcaption>{}</figcaption>\n{}{}</figure>\n", html_text(title), chart, legend);
}

std::string half_figure(std::string_view title, std::string_view chart) {
  return fmt::format("<figure><figcaption>{}</figcaption>\n{}</figure>\n", html_text(title), chart);
}

struct LegendEntry {
  std::string_view colour;
  std::string text;
};
std::string legend_of(const std::vector<LegendEntry>& entries) {
  std::string text = "<ul class=\"legend\">";
  for (const LegendEntry& entry : entries) {
    text += fmt::format("<li><i class=\"{}\"></i>{}</li>", entry.colour, html_text(entry.text));
  }
  return text + "</ul>\n";
}

std::string joined(const std::vector<LegendEntry>& entries) {
  std::string text;
  for (const LegendEntry& entry : entries) text += (text.empty() ? "" : ", ") + entry.text;
  return text;
}

// Of points that fall together.
TimelinePoint merged(std::span<const TimelinePoint> points) {
  TimelinePoint result = points.back();
  BottleneckCounts counts{};
  double items = 0, bytes = 0;
  for (const TimelinePoint& point : points) {
    items += std::isfinite(point.items_per_second) ? point.items_per_second : 0;
    bytes += std::isfinite(point.bytes_per_second) ? point.bytes_per_second : 0;
    ++counts.at(static_cast<std::size_t>(point.limited_by));
  }
  result.items_per_second = items / static_cast<double>(points.size());
  result.bytes_per_second = bytes / static_cast<double>(points.size());
  result.limited_by = static_cast<Bottleneck>(std::ranges::max_element(counts) - counts.begin());
  return result;
}

// Each point speaks for the time since the one before.
std::vector<Band> bands_of(const std::vector<TimelinePoint>& points) {
  std::vector<Band> bands;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const std::string_view colour = colour_of(points[i].limited_by);
    if (bands.empty() || bands.back().colour != colour) bands.push_back({points[i - 1].time.seconds, 0, colour});
    bands.back().to = points[i].time.seconds;
  }
  return bands;
}

std::vector<LegendEntry> shares_of(const std::vector<TimelinePoint>& points) {
  std::array<std::uint64_t, bottlenecks.size()> seconds{};
  std::uint64_t total = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto time = static_cast<std::uint64_t>(points[i].time.seconds - points[i - 1].time.seconds);
    seconds.at(static_cast<std::size_t>(points[i].limited_by)) += time;
    total += time;
  }
  std::vector<LegendEntry> entries;
  for (const Bottleneck bottleneck : bottlenecks) {
    const std::uint64_t time = seconds.at(static_cast<std::size_t>(bottleneck));
    if (time > 0) entries.push_back({colour_of(bottleneck), fmt::format("{} {}", name_of(bottleneck), percent_text(time, total))});
  }
  return entries;
}

Curve curve_of(const std::vector<TimelinePoint>& points, Unit unit, const std::function<double(const TimelinePoint&)>& value_of) {
  Curve curve{{}, unit, points.front().time.zone_minutes * 60, {}};
  for (const TimelinePoint& point : points) curve.points.push_back({point.time.seconds, value_of(point)});
  return curve;
}

std::string from_to(const std::vector<TimelinePoint>& points) {
  return fmt::format("From {} to {}", time_text(points.front().time), time_text(points.back().time));
}

std::string speed_figure(const std::vector<TimelinePoint>& points) {
  Curve speed = curve_of(points, Unit::bytes, [](const TimelinePoint& point) { return point.bytes_per_second; });
  speed.width = 960;
  speed.bands = bands_of(points);
  const auto shares = shares_of(points);
  const std::string limits = shares.empty() ? "" : " What limited it: " + joined(shares) + " of the time.";
  return figure("Bytes a second, and what limited them",
                curve_chart({"speed", "Bytes a second over time", from_to(points) + "." + limits}, speed), legend_of(shares));
}

}  // namespace

std::string_view colour_of(Standing standing) {
  switch (standing) {
    case Standing::done: return "is-done";
    case Standing::waiting: return "is-waiting";
    case Standing::running: return "is-running";
    case Standing::stopped: return "is-stopped";
    case Standing::decision: return "is-decision";
    case Standing::failed: return "is-failed";
  }
  return "is-failed";
}

std::string_view colour_of(Grade grade) {
  switch (grade) {
    case Grade::perfect: return "is-perfect";
    case Grade::good: return "is-good";
    case Grade::review: return "is-decision";
    case Grade::failed: return "is-failed";
  }
  return "is-failed";
}

std::vector<TimelinePoint> thinned(std::vector<TimelinePoint> points, std::size_t most) {
  std::erase_if(points, [](const TimelinePoint& point) { return time_stamp(point.time).empty(); });
  std::ranges::sort(points, {}, [](const TimelinePoint& point) { return std::tuple(point.time.seconds, point.items, point.bytes); });
  if (points.size() <= most) return points;
  std::vector<TimelinePoint> result;
  for (std::size_t i = 0; i < most; ++i) {
    const std::size_t begin = points.size() * i / most, end = points.size() * (i + 1) / most;
    result.push_back(merged(std::span(points).subspan(begin, end - begin)));
  }
  return result;
}

std::string grades_figure(const OrganisationSummary& summary) {
  StackedBar bar{"all people", {}};
  std::vector<LegendEntry> legend;
  const auto add = [&](std::string_view name, std::string_view colour, std::uint64_t count) {
    bar.segments.push_back({std::string(name), colour, count});
    legend.push_back({colour, fmt::format("{} {}", name, grouped(count))});
  };
  for (const Grade grade : grades) add(name_of(grade), colour_of(grade), summary.grades.at(static_cast<std::size_t>(grade)));
  if (summary.ungraded > 0) add("not graded yet", "is-waiting", summary.ungraded);
  return figure("People by grade", stacked_bars({"grades", "People by grade", joined(legend)}, {bar}), legend_of(legend));
}

std::string waves_figure(const OrganisationSummary& summary) {
  std::vector<StackedBar> bars;
  std::vector<LegendEntry> legend;
  for (const WaveSummary& wave : summary.waves) {
    if (bars.size() == waves_charted) break;
    StackedBar bar{wave.name.empty() ? "no wave" : wave.name, {}};
    for (const Standing standing : standings) {
      bar.segments.push_back({std::string(label_of(standing)), colour_of(standing), wave.people.of(standing)});
    }
    bars.push_back(std::move(bar));
  }
  for (const Standing standing : standings) {
    const std::uint64_t count = summary.people.of(standing);
    if (count > 0) legend.push_back({colour_of(standing), fmt::format("{} {}", label_of(standing), grouped(count))});
  }
  const std::string title = summary.waves.size() > waves_charted ? fmt::format("People by wave: the first {}", waves_charted)
                                                                  : std::string("People by wave");
  return figure(title, stacked_bars({"waves", title, "All waves: " + joined(legend)}, bars), legend_of(legend));
}

std::string progress_figures(const std::vector<TimelinePoint>& timeline) {
  const auto points = thinned(timeline, curve_points);
  if (points.empty()) return {};
  const Curve items = curve_of(points, Unit::number, [](const TimelinePoint& point) { return static_cast<double>(point.items); });
  const Curve bytes = curve_of(points, Unit::bytes, [](const TimelinePoint& point) { return static_cast<double>(point.bytes); });
  const std::string when = from_to(points);
  const std::string item_text = fmt::format("{}: {}.", when, counted(points.back().items, "item"));
  const std::string byte_text = fmt::format("{}: {}.", when, format_bytes(points.back().bytes));
  return "<div class=\"figures\">\n" + half_figure("Items moved", curve_chart({"items", "Items moved over time", item_text}, items)) +
         half_figure("Bytes moved", curve_chart({"bytes", "Bytes moved over time", byte_text}, bytes)) + speed_figure(points) + "</div>\n";
}

std::string forecast_figure(const Forecast& forecast) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  const auto actual_text = [](std::string text, double actual, double expected, bool is_over) {
    if (!is_over) return text + " so far";
    const std::string deviation = deviation_text(actual, expected);
    return deviation.empty() ? text : fmt::format("{} ({})", text, deviation);
  };
  const auto bar = [&](std::string label, double expected, double actual, std::string expected_text, std::string text) {
    return ComparedBar{std::move(label), expected, actual, std::move(expected_text),
                       actual_text(std::move(text), actual, expected, forecast.is_over), {}};
  };
  ComparedBar time = bar("Time at work", number(forecast.expected.count()), number(forecast.actual.count()),
                         fmt::format("{} ({} to {})", duration_text(forecast.expected), duration_text(forecast.low),
                                     duration_text(forecast.high)),
                         duration_text(forecast.actual));
  time.likely = std::pair(number(forecast.low.count()), number(forecast.high.count()));
  const std::vector bars{bar("Items", number(forecast.items), number(forecast.actual_items), grouped(forecast.items),
                             grouped(forecast.actual_items)),
                         bar("Bytes", number(forecast.bytes), number(forecast.actual_bytes), format_bytes(forecast.bytes),
                             format_bytes(forecast.actual_bytes)),
                         time};
  std::string description;
  for (const ComparedBar& each : bars) {
    description += fmt::format("{}: predicted {}, actual {}. ", each.label, each.expected_text, each.actual_text);
  }
  return figure("Predicted and actual", compared_bars({"forecast", "Predicted and actual", description}, bars),
                legend_of({{"expected", "predicted before anything was moved; the line shows from lowest to highest"},
                           {"actual", forecast.is_over ? "actual" : "actual, so far"}}));
}

}  // namespace godwit::report
