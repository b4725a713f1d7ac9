// SPDX-License-Identifier: Apache-2.0
#include "pst/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "pst/code_page.h"
#include "pst/content_lines.h"
#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t day_seconds = 86'400;
constexpr int first_year = 1970;
constexpr std::size_t system_time_size = 16, rule_size = 66, longest_zone_name = 120;
constexpr std::int32_t largest_bias = 24 * 60;

Onset onset_of(std::string_view system_time) {
  const auto field = [&](std::size_t index) { return static_cast<int>(number_at<std::uint16_t>(system_time, 2 * index)); };
  Onset onset{field(0), field(1), field(2), field(3), field(4) * 3600 + field(5) * 60 + field(6)};
  const bool is_good = onset.month <= 12 && onset.weekday <= 6 && onset.day >= 1 && onset.day <= 31 && onset.seconds_of_day < day_seconds &&
                       (onset.year != 0 || onset.day <= 5);
  return is_good ? onset : Onset();
}

int year_of(std::int64_t seconds) {
  const chrono::sys_seconds when{chrono::seconds(std::clamp<std::int64_t>(seconds, -60'000'000'000, 250'000'000'000))};
  return static_cast<int>(chrono::year_month_day(chrono::floor<chrono::days>(when)).year());
}

// When it is in this year; one that has a year of its own is then only.
std::int64_t moment_of(const Onset& onset, int year) {
  const chrono::month month{static_cast<unsigned>(onset.month)};
  chrono::sys_days day;
  if (onset.year != 0) {
    day = chrono::year{onset.year} / month / chrono::day{static_cast<unsigned>(onset.day)};
  } else {
    const chrono::weekday weekday{static_cast<unsigned>(onset.weekday)};
    day = onset.day == 5 ? chrono::sys_days(chrono::year{year} / month / weekday[chrono::last])
                         : chrono::sys_days(chrono::year{year} / month / weekday[static_cast<unsigned>(onset.day)]);
  }
  return day.time_since_epoch().count() * day_seconds + onset.seconds_of_day;
}

std::string offset_text(std::int64_t offset) {
  const std::int64_t minutes = std::abs(offset) / 60;
  return fmt::format("{}{:02}{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string clean_name(std::string_view name) {
  std::string clean = clean_line(name);
  std::ranges::replace(clean, '"', '\'');
  return clean.empty() || clean.size() > longest_zone_name ? "Time zone of Outlook" : clean;
}

}  // namespace

TimeZone::Rule TimeZone::rule_of(std::string_view biases, std::string_view standard, std::string_view daylight) {
  const auto bias = [&](std::size_t at) {
    const auto minutes = number_at<std::int32_t>(biases, at);
    return std::int64_t{std::clamp(minutes, -largest_bias, largest_bias)} * 60;
  };
  return {0, -(bias(0) + bias(4)), -(bias(0) + bias(8)), onset_of(standard), onset_of(daylight)};
}

std::optional<TimeZone> TimeZone::of_definition(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto version = reader.number<std::uint8_t>();
  reader.bytes(1);
  const auto head_size = reader.number<std::uint16_t>();
  ByteReader head(reader.bytes(head_size));
  head.bytes(2);
  const auto name_length = head.number<std::uint16_t>();
  TimeZone zone;
  zone.name_ = clean_name(to_utf8(head.bytes(std::size_t{name_length} * 2), "utf-16le"));
  const auto count = head.number<std::uint16_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view bytes_of_rule = reader.bytes(rule_size);
    if (!reader.is_good()) break;
    Rule rule = rule_of(bytes_of_rule.substr(22, 12), bytes_of_rule.substr(34, system_time_size), bytes_of_rule.substr(50));
    rule.year = number_at<std::uint16_t>(bytes_of_rule, 6);
    zone.rules_.push_back(rule);
  }
  if (version != 2 || !head.is_good() || !reader.is_good() || zone.rules_.empty()) return std::nullopt;
  std::ranges::sort(zone.rules_, {}, &Rule::year);
  return zone;
}

std::optional<TimeZone> TimeZone::of_structure(std::string_view bytes, std::string name) {
  constexpr std::size_t size = 48;
  if (bytes.size() < size) return std::nullopt;
  TimeZone zone;
  zone.name_ = clean_name(name);
  zone.rules_.push_back(rule_of(bytes.substr(0, 12), bytes.substr(14, system_time_size), bytes.substr(32, system_time_size)));
  return zone;
}

TimeZone TimeZone::of_offset(std::int64_t seconds) {
  TimeZone zone;
  const std::string offset = offset_text(seconds);
  zone.name_ = fmt::format("UTC{}:{}", offset.substr(0, 3), offset.substr(3));
  zone.rules_.push_back({0, seconds, seconds, {}, {}});
  return zone;
}

const TimeZone::Rule& TimeZone::rule_at(int year) const {
  const auto after = std::ranges::upper_bound(rules_, year, {}, &Rule::year);
  return after == rules_.begin() ? rules_.front() : *(after - 1);
}

bool TimeZone::Rule::is_daylight(std::int64_t local, std::int64_t daylight_onset, std::int64_t standard_onset) const {
  return daylight_onset < standard_onset ? local >= daylight_onset && local < standard_onset
                                         : local >= daylight_onset || local < standard_onset;
}

std::int64_t TimeZone::to_local(std::int64_t utc) const {
  const int year = year_of(utc + rules_.front().standard_offset);
  const Rule& rule = rule_at(year);
  const bool is_daylight = rule.has_daylight() && rule.is_daylight(utc, moment_of(rule.daylight, year) - rule.standard_offset,
                                                                   moment_of(rule.standard, year) - rule.daylight_offset);
  return utc + (is_daylight ? rule.daylight_offset : rule.standard_offset);
}

std::int64_t TimeZone::to_utc(std::int64_t local) const {
  const int year = year_of(local);
  const Rule& rule = rule_at(year);
  const bool is_daylight = rule.has_daylight() && rule.is_daylight(local, moment_of(rule.daylight, year), moment_of(rule.standard, year));
  return local - (is_daylight ? rule.daylight_offset : rule.standard_offset);
}

void TimeZone::add_component(ContentLines& lines, std::size_t index, bool is_daylight) const {
  constexpr std::array<std::string_view, 7> weekdays{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  const Rule& rule = rules_[index];
  const Onset& onset = is_daylight ? rule.daylight : rule.standard;
  const int from = index == 0 ? first_year : std::max(rule.year, first_year);
  const std::int64_t to = is_daylight ? rule.daylight_offset : rule.standard_offset;
  std::int64_t before = is_daylight ? rule.standard_offset : rule.daylight_offset;
  std::int64_t begin = chrono::sys_days(chrono::year{from} / 1 / 1).time_since_epoch().count() * day_seconds;
  if (rule.has_daylight()) {
    begin = moment_of(onset, from);
  } else {
    before = index == 0 ? to : rules_[index - 1].standard_offset;
  }
  lines.add("BEGIN", is_daylight ? "DAYLIGHT" : "STANDARD");
  lines.add("DTSTART", date_time_text(begin));
  lines.add("TZOFFSETFROM", offset_text(before));
  lines.add("TZOFFSETTO", offset_text(to));
  if (rule.has_daylight() && onset.year == 0) {
    std::string recurrence = fmt::format("FREQ=YEARLY;BYMONTH={};BYDAY={}{}", onset.month, onset.day == 5 ? -1 : onset.day,
                                         weekdays[static_cast<std::size_t>(onset.weekday)]);
    if (index + 1 < rules_.size())
      recurrence += fmt::format(";UNTIL={}Z", date_time_text(moment_of(onset, rules_[index + 1].year - 1) - before));
    lines.add("RRULE", recurrence);
  }
  lines.add("END", is_daylight ? "DAYLIGHT" : "STANDARD");
}

std::string TimeZone::component() const {
  ContentLines lines;
  lines.add("BEGIN", "VTIMEZONE");
  lines.add("TZID", name_);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (i + 1 < rules_.size() && rules_[i + 1].year <= std::max(first_year, rules_[i].year)) continue;  // over before it begins
    add_component(lines, i, false);
    if (rules_[i].has_daylight()) add_component(lines, i, true);
  }
  lines.add("END", "VTIMEZONE");
  return lines.text();
}

}  // namespace godwit::pst
