// SPDX-License-Identifier: Apache-2.0
#include "estimate/hours.h"

#include <cmath>
#include <limits>

namespace godwit::estimate {
namespace {

constexpr double week = std::chrono::duration<double>(limits::whole_week).count();

}  // namespace

Hours Hours::of(const limits::WeeklyWindows& windows, limits::WallTime begin) {
  Hours hours;
  const auto first_minute = std::chrono::ceil<std::chrono::minutes>(begin);
  bool was_open = windows.is_open(begin);
  double since = 0;
  for (auto time = first_minute; time < begin + limits::whole_week; time += std::chrono::minutes(1)) {
    const bool is_open = windows.is_open(time);
    if (is_open == was_open) continue;
    const double now = std::chrono::duration<double>(time - begin).count();
    if (was_open) hours.open_.push_back({since, now});
    since = now;
    was_open = is_open;
  }
  if (was_open && since > 0) hours.open_.push_back({since, week});
  return hours;
}

bool Hours::is_open(double at) const {
  if (open_.empty()) return true;
  const double within = std::fmod(at, week);
  for (const Span& span : open_) {
    if (within >= span.begin && within < span.end) return true;
  }
  return false;
}

double Hours::next_change(double at) const {
  if (open_.empty()) return std::numeric_limits<double>::infinity();
  const double whole_weeks = std::floor(at / week) * week;
  for (const double base : {whole_weeks, whole_weeks + week}) {
    for (const Span& span : open_) {
      if (base + span.begin > at) return base + span.begin;
      if (base + span.end > at) return base + span.end;
    }
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace godwit::estimate
