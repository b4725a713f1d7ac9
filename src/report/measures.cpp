// SPDX-License-Identifier: Apache-2.0
#include "report/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace godwit::report {
namespace {

constexpr std::int64_t year_0 = -62'167'219'200, year_10000 = 253'402'300'800;  // seconds since 1970
constexpr std::int64_t day = 86'400;                                            // a zone shifts by less

}  // namespace

std::string counted(std::uint64_t count, std::string_view one, std::string_view plural) {
  if (count == 1) return fmt::format("1 {}", one);
  return plural.empty() ? fmt::format("{} {}s", grouped(count), one) : fmt::format("{} {}", grouped(count), plural);
}

std::string duration_text(std::chrono::seconds duration) {
  const std::int64_t whole = std::max<std::int64_t>(duration.count(), 0);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", grouped(static_cast<std::uint64_t>(whole / 3600)), whole % 3600 / 60);
}

std::string time_stamp(const InternalDate& time) {
  return time.seconds < year_0 + day || time.seconds >= year_10000 - day ? std::string() : time.to_rfc3339();
}

std::string time_text(const InternalDate& time) {
  const std::string stamp = time_stamp(time);
  return stamp.empty() ? "unknown" : fmt::format("{} {} {}", stamp.substr(0, 10), stamp.substr(11, 5), stamp.substr(19));
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  if (part >= whole) return "100 %";
  const double percent = static_cast<double>(part) / static_cast<double>(whole) * 100;
  return fmt::format("{:.1f} %", std::clamp(std::round(percent * 10) / 10, 0.1, 99.9));
}

std::string deviation_text(double actual, double expected) {
  if (!(expected > 0) || !std::isfinite(actual)) return {};
  const double percent = std::round((actual / expected - 1) * 1000) / 10;
  if (percent == 0) return "±0 %";
  return fmt::format("{}{:.1f} %", percent < 0 ? "−" : "+", std::abs(percent));
}

std::string byte_rate_text(double rate) {
  constexpr double most = 1e18;
  return format_bytes(static_cast<std::uint64_t>(rate > 0 ? std::min(rate, most) : 0)) + "/s";
}

}  // namespace godwit::report
