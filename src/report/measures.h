// SPDX-License-Identifier: Apache-2.0
// Numbers, times and durations as people read them. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/internal_date.h"

namespace godwit::report {

// "1 item", "2,000 items"; `plural` where an s does not make it.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view plural = {});
[[nodiscard]] std::string duration_text(std::chrono::seconds duration);  // "45 s", "12:05 min", "31:20 h"; negative: "0 s"
// "2024-11-05 09:12 +01:00"; outside of the years 0 to 9999: "unknown".
[[nodiscard]] std::string time_text(const InternalDate& time);
// The same as HTML's datetime and JSON want it (RFC 3339); empty outside of these years.
[[nodiscard]] std::string time_stamp(const InternalDate& time);
// "99.9 %"; says 100 only of the whole and 0 only of nothing.
[[nodiscard]] std::string percent_text(std::uint64_t part, std::uint64_t whole);
// "+4.2 %", "−0.5 %", "±0 %"; empty when nothing was expected.
[[nodiscard]] std::string deviation_text(double actual, double expected);
// Bytes a second; nonsense counts as 0.
[[nodiscard]] std::string byte_rate_text(double rate);

}  // namespace godwit::report
