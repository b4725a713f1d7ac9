// SPDX-License-Identifier: Apache-2.0
#include "report/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "report/chart_scale.h"
#include "report/html_text.h"

namespace godwit::report {
namespace {

// All lengths are in the units of the viewBox; text is 12 high.
constexpr double bars_width = 960, bars_left = 190, bars_right = 90;
constexpr double digit_width = 7;
constexpr std::size_t longest_label = 28;  // code points that fit left of the bars

double sound(double value) { return std::isfinite(value) && value > 0 ? std::min(value, 1e18) : 0; }

std::string svg(const ChartName& name, double width, double height, std::string_view content) {
  const std::string id = html_text(name.id);
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-labelledby=\"{}-title {}-description\">"
      "<title id=\"{}-title\">{}</title><desc id=\"{}-description\">{}</desc>{}</svg>\n",
      width, height, id, id, id, html_text(name.title), id, html_text(name.description), content);
}

std::string rectangle(std::string_view colour, double x, double y, double width, double height, std::string_view tip = {}) {
  std::string inside;
  if (!tip.empty()) inside = fmt::format("<title>{}</title>", html_text(tip));
  return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">{}</rect>)", html_text(colour), x, y, width,
                     height, inside);
}

// `style`: a class; "end" and "middle" say where the text stands at x.
std::string label_at(std::string_view style, double x, double y, std::string_view text) {
  return fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>)", style, x, y, html_text(text));
}

double sum_of(const StackedBar& bar) {
  return std::accumulate(bar.segments.begin(), bar.segments.end(), 0.0,
                         [](double sum, const Segment& segment) { return sum + static_cast<double>(segment.value); });
}

std::string stacked_bar(const StackedBar& bar, double y, double height, double per_unit) {
  std::string text = label_at("end", bars_left - 12, y + height / 2 + 4, shown(bar.label, longest_label));
  constexpr double thinnest = 2;  // so that two people of two thousand are seen
  double x = bars_left;
  for (const Segment& segment : bar.segments) {
    if (segment.value == 0) continue;
    const double width = std::max(static_cast<double>(segment.value) * per_unit, thinnest);
    const std::string number = grouped(segment.value);
    text += rectangle(segment.colour, x, y, width, height, fmt::format("{}: {}", segment.label, number));
    if (width > static_cast<double>(number.size()) * digit_width + 8) text += label_at("inside", x + width / 2, y + height / 2 + 4, number);
    x += width;
  }
  return text + label_at("total", x + 8, y + height / 2 + 4, grouped(static_cast<std::uint64_t>(sum_of(bar))));
}

// The plot of a curve, in the units of its viewBox.
struct Frame {
  double left = 84, right = 0, top = 10, bottom = 190;
  double from = 0, to = 1, highest = 1;

  [[nodiscard]] double x(double time) const { return left + (right - left) * (time - from) / (to - from); }
  [[nodiscard]] double y(double value) const { return bottom - (bottom - top) * sound(value) / highest; }
};
constexpr double curve_height = 226, band_height = 8;

std::string axes(const Frame& frame, const std::vector<Tick>& values, const std::vector<Tick>& times) {
  std::string text;
  for (const Tick& tick : values) {
    const double y = frame.y(tick.value);
    text += fmt::format(R"(<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>)", frame.left, y, frame.right);
    text += label_at("end", frame.left - 8, y + 4, tick.label);
  }
  for (const Tick& tick : times) {
    const double x = frame.x(tick.value);
    text += fmt::format(R"(<path class="axis" d="M{:.1f} {:.1f}v4"/>)", x, frame.bottom);
    text += label_at("middle", std::clamp(x, frame.left, frame.right - 14), curve_height - 6, tick.label);
  }
  return text + fmt::format(R"(<path class="axis" d="M{:.1f} {:.1f}H{:.1f}"/>)", frame.left, frame.bottom, frame.right);
}

std::string line_and_area(const Frame& frame, const std::vector<CurvePoint>& points) {
  std::string line;
  for (const CurvePoint& point : points) {
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", frame.x(static_cast<double>(point.time)), frame.y(point.value));
  }
  const double first = frame.x(static_cast<double>(points.front().time)), last = frame.x(static_cast<double>(points.back().time));
  return fmt::format(R"(<path class="area" d="{}L{:.1f} {:.1f}H{:.1f}Z"/><path class="curve" d="{}"/>)", line, last, frame.bottom, first,
                     line);
}

std::string compared_bar(const ComparedBar& bar, double y) {
  constexpr double height = 16, right = 190;
  const double highest = std::max({sound(bar.expected), sound(bar.actual), bar.likely ? sound(bar.likely->second) : 0});
  const double per_unit = highest > 0 ? (bars_width - bars_left - right) / highest : 0;
  const double expected = sound(bar.expected) * per_unit, actual = sound(bar.actual) * per_unit;
  std::string text = label_at("end strong", bars_left - 12, y + height + 4, shown(bar.label, longest_label));
  text += rectangle("expected", bars_left, y, expected, height);
  text += rectangle("actual", bars_left, y + height + 2, actual, height);
  double end = expected;
  if (bar.likely && bar.likely->first <= bar.likely->second) {
    const double low = bars_left + sound(bar.likely->first) * per_unit, high = bars_left + sound(bar.likely->second) * per_unit;
    const double middle = y + height / 2;
    text += fmt::format(R"(<path class="likely" d="M{:.1f} {:.1f}H{:.1f}M{:.1f} {:.1f}v8M{:.1f} {:.1f}v8"/>)", low, middle, high, low,
                        middle - 4, high, middle - 4);
    end = std::max(end, high - bars_left);
  }
  text += label_at("value", bars_left + end + 8, y + height / 2 + 4, bar.expected_text);
  return text + label_at("value strong", bars_left + actual + 8, y + height * 1.5 + 6, bar.actual_text);
}

}  // namespace

std::string stacked_bars(const ChartName& name, const std::vector<StackedBar>& bars) {
  constexpr double height = 22, gap = 8;
  double highest = 1;
  for (const StackedBar& bar : bars) highest = std::max(highest, sum_of(bar));
  const double per_unit = (bars_width - bars_left - bars_right) / highest;
  std::string content;
  double y = gap / 2;
  for (const StackedBar& bar : bars) {
    content += stacked_bar(bar, y, height, per_unit);
    y += height + gap;
  }
  return svg(name, bars_width, y, content);
}

std::string compared_bars(const ChartName& name, const std::vector<ComparedBar>& bars) {
  constexpr double height = 52;
  std::string content;
  double y = 4;
  for (const ComparedBar& bar : bars) {
    content += compared_bar(bar, y);
    y += height;
  }
  return svg(name, bars_width, y, content);
}

std::string curve_chart(const ChartName& name, const Curve& curve) {
  Frame frame;
  frame.right = curve.width - 12;
  double highest = 0;
  for (const CurvePoint& point : curve.points) highest = std::max(highest, sound(point.value));
  const auto values = curve.unit == Unit::bytes ? byte_ticks(highest) : number_ticks(highest);
  frame.highest = values.back().value;
  std::vector<Tick> times;
  if (!curve.points.empty()) {
    const std::int64_t from = curve.points.front().time, to = std::max(curve.points.back().time, from + 1);
    frame.from = static_cast<double>(from);
    frame.to = static_cast<double>(to);
    times = time_ticks(from, to, curve.zone_seconds);
  }
  std::string content = axes(frame, values, times);
  if (!curve.points.empty()) content += line_and_area(frame, curve.points);
  for (const Band& band : curve.bands) {
    const double left = frame.x(static_cast<double>(band.from));
    content += rectangle(band.colour, left, frame.bottom + 6, frame.x(static_cast<double>(band.to)) - left, band_height);
  }
  return svg(name, curve.width, curve_height, content);
}

}  // namespace godwit::report
