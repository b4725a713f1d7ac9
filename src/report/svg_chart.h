// SPDX-License-Identifier: Apache-2.0
// Charts as SVG elements that stand in an HTML page. Colours and fonts come from the page's classes. Labels may be any bytes. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::report {

struct ChartName {
  std::string id;     // of the element; letters, digits and hyphens, once in a page
  std::string title;  // what a screen reader says first
  std::string description;
};

struct Segment {
  std::string label;
  std::string_view colour;  // class of the page
  std::uint64_t value = 0;
};
struct StackedBar {
  std::string label;
  std::vector<Segment> segments;
};
// Horizontal bars below each other, to one scale; numbers stand in the segments that have room for them, the sum behind each bar.
[[nodiscard]] std::string stacked_bars(const ChartName& name, const std::vector<StackedBar>& bars);

struct ComparedBar {
  std::string label;
  double expected = 0, actual = 0;
  std::string expected_text, actual_text;
  std::optional<std::pair<double, double>> likely;  // from, to
};
// For each a pair of bars to its own scale.
[[nodiscard]] std::string compared_bars(const ChartName& name, const std::vector<ComparedBar>& bars);

struct CurvePoint {
  std::int64_t time = 0;  // seconds; not decreasing
  double value = 0;       // what is below 0, or no number, counts as 0
};
struct Band {  // a stretch of time, shown in a strip below the curve
  std::int64_t from = 0, to = 0;
  std::string_view colour;
};
enum class Unit : std::uint8_t { number, bytes };
struct Curve {
  std::vector<CurvePoint> points;
  Unit unit = Unit::number;
  std::int64_t zone_seconds = 0;  // of the times' labels, east of Greenwich
  std::vector<Band> bands;
  double width = 460;  // as tall as it is: for half of a page; 960 is for all of it
};
// A curve over time with the area below it. Without points: an empty frame.
[[nodiscard]] std::string curve_chart(const ChartName& name, const Curve& curve);

}  // namespace godwit::report
