// SPDX-License-Identifier: Apache-2.0
// Recurrence rules (RFC 5545 section 3.3.10, RFC 7529) over libical, bounded in time and memory whatever the rule says.
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
  std::string rule;  // not empty: it is not expanded (more often than daily; parts that libical has no way with), and says this, normalised
};

// `to_utc`: of a clock in the start's zone. Error of kind syntax: it is no rule; the caller adds the line.
[[nodiscard]] Result<Recurrence> expand(std::string_view rule, const Time& start, const RecurrenceBounds& bounds,
                                        const std::function<std::int64_t(std::int64_t)>& to_utc);

}  // namespace godwit::groupware
