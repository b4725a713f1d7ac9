// SPDX-License-Identifier: Apache-2.0
// How an appointment or a task recurs ([MS-OXOCAL] 2.2.1.44), and the same as an RRULE (RFC 5545 §3.3.10). Times are local, in seconds
// since 1970 on the wall's clock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::pst {

// One occurrence that differs from the others. What is absent is as in them.
struct OccurrenceChange {
  std::int64_t start = 0, end = 0, original_start = 0;
  std::optional<std::string> subject{}, location{};
  std::optional<std::uint32_t> reminder_minutes{}, busy_state{};
  std::optional<bool> has_reminder{}, is_all_day{};
};

struct Recurrence {
  std::uint16_t frequency = 0, pattern = 0, calendar = 0;
  std::uint32_t period = 0, week_days = 0, day_of_month = 0, position = 0;
  bool is_counted_from_completion = false;  // of tasks: the next one begins when this one is done
  std::uint32_t end_kind = 0, count = 0, first_week_day = 0;
  std::int64_t first_date = 0, last_date = 0;           // midnights
  std::int64_t start_of_day = 0, end_of_day = 0;        // of an occurrence, seconds after midnight
  std::vector<std::int64_t> deleted_dates{};            // midnights, without those of `changes`
  std::vector<OccurrenceChange> changes{};
};

// Of a task: without the part that only appointments have. Error of kind syntax: it is damaged, or of a form that is not known.
enum class RecurrenceForm : std::uint8_t { appointment, task };
[[nodiscard]] Result<Recurrence> parse_recurrence(std::string_view bytes, RecurrenceForm form, const std::string& charset);

// `until`: writes the last occurrence's start. Error of kind refused: iCalendar has no rule for it.
[[nodiscard]] Result<std::string> rule_of(const Recurrence& recurrence, const std::function<std::string(std::int64_t)>& until);

}  // namespace godwit::pst
