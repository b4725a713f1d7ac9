// SPDX-License-Identifier: Apache-2.0
// When something may be worked on, in seconds after the moment that an estimate begins with; every week is like the first.
#pragma once

#include <chrono>
#include <vector>

#include "limits/clock.h"
#include "limits/weekly_windows.h"

namespace godwit::estimate {

class Hours {
 public:
  struct Span {
    double begin = 0, end = 0;  // seconds, within the first week
    friend bool operator==(const Span&, const Span&) = default;
  };

  Hours() = default;  // always open
  // Ascending, without overlaps; none: always open.
  explicit Hours(std::vector<Span> open) : open_(std::move(open)) {}
  // To the minute. A change to or from summer time within the week counts, one in a later week does not.
  [[nodiscard]] static Hours of(const limits::WeeklyWindows& windows, limits::WallTime begin);

  [[nodiscard]] bool is_open(double at) const;
  // The next time after `at` at which it opens or closes; infinity: never.
  [[nodiscard]] double next_change(double at) const;
  [[nodiscard]] bool is_always_open() const { return open_.empty(); }
  [[nodiscard]] const std::vector<Span>& spans() const { return open_; }
  friend bool operator==(const Hours&, const Hours&) = default;

 private:
  std::vector<Span> open_;
};

}  // namespace godwit::estimate
