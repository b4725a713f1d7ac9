// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/from_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <span>
#include <vector>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_line = 1000;
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

using Words = std::span<const std::string_view>;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t\r"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

template <std::size_t Size>
std::optional<unsigned> place_in(const std::array<std::string_view, Size>& names, std::string_view word) {
  const auto found = std::ranges::find_if(names, [&](std::string_view name) { return equals_ignoring_case(name, word); });
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

std::optional<unsigned> number_of(std::string_view word, unsigned least, unsigned most) {
  const auto number = word.size() <= 4 ? parse_number<unsigned>(word) : std::nullopt;
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

// "3:33" or "03:33:20"
std::optional<std::int64_t> seconds_of_day(std::string_view word) {
  std::array<unsigned, 3> parts{};
  constexpr std::array<unsigned, 3> most{23, 59, 60};
  std::size_t count = 0;
  while (count < parts.size()) {
    const std::size_t end = std::min(word.find(':'), word.size());
    const auto part = end <= 2 ? number_of(word.substr(0, end), 0, most[count]) : std::nullopt;
    if (!part) return std::nullopt;
    parts[count++] = *part;
    if (end == word.size()) break;
    word.remove_prefix(end + 1);
    if (count == parts.size()) return std::nullopt;
  }
  if (count < 2) return std::nullopt;
  return std::int64_t{parts[0]} * 3600 + parts[1] * 60 + parts[2];
}

struct Zone {
  bool is_known = false;  // else local time
  int minutes = 0;
};

bool is_upper_word(std::string_view word) {
  return word.size() >= 1 && word.size() <= 5 && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "+0200", "(+0200)", "GMT", "CEST"; of names only those of UTC say what they mean everywhere.
std::optional<Zone> zone_of(std::string_view word) {
  if (word.starts_with('(') && word.ends_with(')') && word.size() > 2) word = word.substr(1, word.size() - 2);
  if (word == "GMT" || word == "UTC" || word == "UT" || word == "Z") return Zone{true, 0};
  if (is_upper_word(word)) return Zone{};
  if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) return std::nullopt;
  const auto hours = number_of(word.substr(1, 2), 0, 23), minutes = number_of(word.substr(3), 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const int value = static_cast<int>(*hours * 60 + *minutes);
  return Zone{true, word[0] == '-' ? -value : value};
}

struct Moment {
  unsigned year = 0, month = 0, day = 0;  // month from 0
  std::int64_t seconds = 0;               // of the day
};

std::optional<InternalDate> date_of(const Moment& moment, const Zone& zone) {
  using namespace std::chrono;
  const year_month_day day{year(static_cast<int>(moment.year)), month(moment.month + 1), std::chrono::day(moment.day)};
  if (!day.ok()) return std::nullopt;
  const std::int64_t wall = sys_days(day).time_since_epoch().count() * std::int64_t{86400} + moment.seconds;
  if (zone.is_known) return InternalDate{wall - zone.minutes * 60, static_cast<std::int16_t>(zone.minutes)};
  std::tm local{};
  local.tm_year = static_cast<int>(moment.year) - 1900;
  local.tm_mon = static_cast<int>(moment.month);
  local.tm_mday = static_cast<int>(moment.day);
  local.tm_sec = static_cast<int>(moment.seconds);
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  if (seconds == -1 && moment.year != 1969 && moment.year != 1970) return std::nullopt;
  return InternalDate{seconds, static_cast<std::int16_t>((wall - seconds) / 60)};
}

// What follows the time and, in the older form, has the year: "[zone [zone]] year [zone]".
std::optional<Zone> read_rest(Words rest, bool needs_year, unsigned& year) {
  Zone zone;
  if (rest.size() >= 3 && rest[rest.size() - 3] == "remote" && rest[rest.size() - 2] == "from") rest = rest.first(rest.size() - 3);
  for (const std::string_view word : rest) {
    const auto found = needs_year ? number_of(word, 1970, 9999) : std::nullopt;
    if (found) {
      year = *found;
      needs_year = false;
      continue;
    }
    const auto told = zone_of(word);
    if (!told) return std::nullopt;
    if (told->is_known) zone = *told;
  }
  if (needs_year || rest.size() > 4) return std::nullopt;
  return zone;
}

std::optional<InternalDate> parse_date(Words words) {
  const auto time = std::ranges::find_if(words, [](std::string_view word) { return seconds_of_day(word).has_value(); });
  const auto before = static_cast<std::size_t>(time - words.begin());
  if (time == words.end() || before < 2) return std::nullopt;
  Moment moment{.seconds = *seconds_of_day(*time)};
  const Words rest = words.subspan(before + 1);
  const auto month = place_in(months, words[before - 2]);
  const auto day = number_of(words[before - 1], 1, 31);
  if (month && day) {
    moment.month = *month;
    moment.day = *day;
    const auto zone = read_rest(rest, true, moment.year);
    return zone ? date_of(moment, *zone) : std::nullopt;
  }
  if (before < 3) return std::nullopt;
  const auto early_day = number_of(words[before - 3], 1, 31), year = number_of(words[before - 1], 1970, 9999);
  if (!month || !early_day || !year) return std::nullopt;
  moment.year = *year;
  moment.month = *month;
  moment.day = *early_day;
  const auto zone = read_rest(rest, false, moment.year);
  return zone ? date_of(moment, *zone) : std::nullopt;
}

}  // namespace

std::optional<FromLine> parse_from_line(std::string_view line) {
  if (!line.starts_with("From ") || line.size() > longest_line) return std::nullopt;
  const auto words = words_of(line.substr(5));
  if (const auto date = parse_date(words)) return FromLine{date};
  if (words.size() == 1 && (words[0] == "-" || words[0].contains('@'))) return FromLine{};
  return std::nullopt;
}

std::optional<InternalDate> parse_mail_date(std::string_view text) { return parse_date(words_of(text)); }

std::string make_from_line(const InternalDate& date) {
  using namespace std::chrono;
  // Readers take a line with a year outside of these for a part of the message before.
  constexpr std::int64_t first = 0, last = 253'402'300'799;  // of 1970, of 9999
  const sys_seconds instant{seconds(std::clamp(date.seconds, first, last))};
  const auto midnight = floor<days>(instant);
  const year_month_day day{midnight};
  const hh_mm_ss time{instant - midnight};
  return fmt::format("From MAILER-DAEMON {} {} {:2} {:02}:{:02}:{:02} {:04}", weekdays[weekday(midnight).c_encoding()],
                     months[static_cast<unsigned>(day.month()) - 1], static_cast<unsigned>(day.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), static_cast<int>(day.year()));
}

}  // namespace godwit::adapters
