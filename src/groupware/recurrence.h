// SPDX-License-Identifier: Apache-2.0
// Recurrence rules (RFC 5545 section 3.3.10), bounded in time and memory whatever they say. Not libical's iterator: it cannot be stopped,
// and tries a rule that never comes true day by day to the year 2582, for seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "groupware/times.h"

namespace godwit::groupware {

struct RecurrenceBounds {
  std::int64_t last_clock = 0;       // no instance later than this one
  std::size_t instances = 10'000;
};

struct Recurrence {
  std::vector<std::int64_t> clocks;  // ascending; in the zone of the start, which is among them only where the rule has it
  std::string rest;  // empty: these are all. Else what follows beyond the bounds: "for ever", "until 2040-01-01T00:00:00Z", "COUNT=99999"
  // Not empty: it is not expanded (more than 96 times a day; another calendar, RFC 7529), and says this, normalised.
  std::string rule;
};

// `to_utc`: of a clock in the start's zone. Error of kind syntax: it is no rule; the caller adds the line.
[[nodiscard]] Result<Recurrence> expand(std::string_view rule, const Time& start, const RecurrenceBounds& bounds,
                                        const std::function<std::int64_t(std::int64_t)>& to_utc);

}  // namespace godwit::groupware
