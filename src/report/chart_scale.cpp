// SPDX-License-Identifier: Apache-2.0
#include "report/chart_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace godwit::report {
namespace {

constexpr double most_steps = 5;

// 1, 2 or 5 times a power of ten, so that `highest` is reached in at most five steps; at least 1.
double round_step(double highest) {
  const double least = std::max(highest / most_steps, 1.0);
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least) return factor * power;
  }
  return 10 * power;
}

std::vector<double> steps_to(double highest) {
  const double step = round_step(highest);
  std::vector<double> values{0};
  while (values.back() < highest || values.size() < 2) values.push_back(static_cast<double>(values.size()) * step);
  return values;
}

std::string time_label(std::int64_t local_seconds, bool has_day, bool has_clock) {
  const std::chrono::sys_seconds time{std::chrono::seconds(local_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time - day).count();
  std::string label = has_day ? fmt::format("{:02}-{:02}", unsigned{date.month()}, unsigned{date.day()}) : "";
  if (has_clock) label += fmt::format("{}{:02}:{:02}", has_day ? " " : "", minutes / 60, minutes % 60);
  return label;
}

}  // namespace

std::vector<Tick> number_ticks(double highest) {
  std::vector<Tick> ticks;
  for (const double value : steps_to(highest)) ticks.push_back({value, grouped(static_cast<std::uint64_t>(value))});
  return ticks;
}

std::vector<Tick> byte_ticks(double highest) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double scale = 1;
  std::size_t unit = 0;
  while (highest / scale >= 1024 && unit + 1 < units.size()) {
    scale *= 1024;
    ++unit;
  }
  std::vector<Tick> ticks;
  for (const double value : steps_to(highest / scale)) {
    const std::string number = grouped(static_cast<std::uint64_t>(value));
    ticks.push_back({value * scale, value == 0 ? number : fmt::format("{} {}", number, units.at(unit))});
  }
  return ticks;
}

std::vector<Tick> time_ticks(std::int64_t from, std::int64_t to, std::int64_t zone_seconds) {
  constexpr std::int64_t minute = 60, hour = 3600, day = 86400;
  constexpr std::array steps{minute,    2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour,    2 * hour,
                             3 * hour,  6 * hour,   12 * hour,  day,         2 * day,     7 * day,     30 * day};
  const bool is_long = to - from > day;
  const std::int64_t room = is_long ? 4 : 5;
  const auto* const fitting = std::ranges::find_if(steps, [&](std::int64_t step) { return (to - from) / step <= room; });
  const std::int64_t step = fitting == steps.end() ? (to - from) / room / day * day + day : *fitting;
  const std::int64_t first = from + zone_seconds;
  std::vector<Tick> ticks;
  for (std::int64_t local = first - ((first % step) + step) % step; local <= to + zone_seconds; local += step) {
    if (local >= first) ticks.push_back({static_cast<double>(local - zone_seconds), time_label(local, is_long, step < day)});
  }
  return ticks;
}

}  // namespace godwit::report
