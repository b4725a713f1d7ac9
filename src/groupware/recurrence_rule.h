// SPDX-License-Identifier: Apache-2.0
// A recurrence rule as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "groupware/times.h"

namespace godwit::groupware {

enum class Frequency : std::uint8_t { secondly, minutely, hourly, daily, weekly, monthly, yearly };

struct RuleDay {
  int ordinal = 0;  // 0: each; -1: the last of its month or year
  std::chrono::weekday weekday;
};

struct RecurrenceRule {
  Frequency frequency = Frequency::daily;
  int interval = 1;
  std::optional<std::uint64_t> count;
  std::optional<Time> until;
  std::chrono::weekday week_start = std::chrono::Monday;
  std::vector<int> seconds, minutes, hours, month_days, year_days, weeks, months, positions;
  std::vector<RuleDay> days;
  bool is_scaled = false;  // RFC 7529: of another calendar, or with leap months
  std::string text;        // normalised, without UNTIL: capital letters, sorted parts, no defaults
};

// Error of kind syntax: it is no rule.
[[nodiscard]] Result<RecurrenceRule> parse_rule(std::string_view text);

}  // namespace godwit::groupware
