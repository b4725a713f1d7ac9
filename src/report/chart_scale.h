// SPDX-License-Identifier: Apache-2.0
// Round numbers for the axes of charts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace godwit::report {

struct Tick {
  double value = 0;
  std::string label;
};
// From 0 in at most six round steps; the last one is at or above `highest`.
[[nodiscard]] std::vector<Tick> number_ticks(double highest);
// The same, round in the unit that fits `highest` bytes.
[[nodiscard]] std::vector<Tick> byte_ticks(double highest);
// At most six between two times, in seconds since 1970: "18:30", "11-22", or "11-22 18:00" where days and hours matter.
[[nodiscard]] std::vector<Tick> time_ticks(std::int64_t from, std::int64_t to, std::int64_t zone_seconds);

}  // namespace godwit::report
