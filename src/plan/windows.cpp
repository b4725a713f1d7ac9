// SPDX-License-Identifier: Apache-2.0
#include "plan/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/text.h"

namespace godwit::plan {
namespace {

using std::chrono::minutes;
constexpr minutes day{24 * 60};

std::optional<std::size_t> parse_day(std::string_view text) {
  constexpr std::array<std::string_view, 7> names{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  const auto hit = std::ranges::find_if(names, [&](std::string_view name) {
    return equals_ignoring_case(text, name) || equals_ignoring_case(text, name.substr(0, 3));
  });
  if (hit == names.end()) return std::nullopt;
  return static_cast<std::size_t>(hit - names.begin());
}

// "Mon-Fri", "Fri-Mon" over the end of the week, "Mon,Wed-Fri".
Result<std::bitset<7>> parse_days(std::string_view text) {
  std::bitset<7> days;
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto dash = part.find('-');
    const auto first = parse_day(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_day(part.substr(dash + 1));
    if (!first || !last) {
      return fail(ErrorKind::usage, fmt::format("\"{}\" is no day of the week; write Mon, Mon-Fri or Mon,Wed,Fri", printable(part)));
    }
    for (std::size_t one = *first;; one = (one + 1) % 7) {
      days.set(one);
      if (one == *last) break;
    }
    if (part.size() == text.size()) return days;
    text.remove_prefix(part.size() + 1);
  }
}

// HH:MM up to 24:00.
std::optional<minutes> parse_time(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3) return std::nullopt;
  const auto hour = parse_number<unsigned>(text.substr(0, colon)), minute = parse_number<unsigned>(text.substr(colon + 1));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute > 0)) return std::nullopt;
  return minutes(*hour * 60 + *minute);
}

Result<> parse_times(std::string_view text, WeeklyWindow& window) {
  const auto dash = text.find('-');
  const auto begin = parse_time(text.substr(0, dash));
  const auto end = dash == std::string_view::npos ? std::nullopt : parse_time(text.substr(dash + 1));
  if (!begin || !end || *begin == day) {
    return fail(ErrorKind::usage,
                fmt::format("\"{}\" is no span of time; write 22:00-06:00 (24 hours, over midnight too)", printable(text)));
  }
  if (*begin == *end) return fail(ErrorKind::usage, "the window begins and ends at the same time; write 00:00-24:00 for a whole day");
  window.begin = *begin;
  window.end = *end < *begin ? *end + day : *end;
  return {};
}

}  // namespace

Result<WeeklyWindow> parse_window(std::string_view text) {
  WeeklyWindow window{.days = std::bitset<7>().set(), .begin = minutes(0), .end = day};
  if (text.empty()) return fail(ErrorKind::usage, "the window is empty; write \"Mon-Fri 22:00-06:00\"");
  const auto blank = text.find(' ');
  const std::string_view first = text.substr(0, blank);
  if (blank == std::string_view::npos && first.find(':') != std::string_view::npos) {
    GODWIT_CHECK(parse_times(first, window));
    return window;
  }
  if (!equals_ignoring_case(first, "daily")) {
    GODWIT_TRY(window.days, parse_days(first));
  }
  if (blank != std::string_view::npos) GODWIT_CHECK(parse_times(text.substr(blank + 1), window));
  return window;
}

Result<> check_time_zone(std::string_view name) {
  const std::filesystem::path zones = "/usr/share/zoneinfo";
  std::error_code ignored;
  if (!std::filesystem::is_directory(zones, ignored)) {
    return fail(ErrorKind::usage, fmt::format("no time zones are known here: {} is missing; install the package tzdata", zones.string()));
  }
  const bool is_name = !name.empty() && !name.starts_with('/') && name.find("..") == std::string_view::npos &&
                       name.find('\0') == std::string_view::npos;
  if (is_name && std::filesystem::is_regular_file(zones / name, ignored)) return {};
  return fail(ErrorKind::usage, fmt::format("there is no time zone \"{}\"; write its name as in {}: \"Europe/Berlin\", \"UTC\"",
                                            printable(name), zones.string()));
}

}  // namespace godwit::plan
