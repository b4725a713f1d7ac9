// SPDX-License-Identifier: Apache-2.0
#include "pst/recurrence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "pst/code_page.h"
#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::uint32_t most_occurrences = 100'000;
constexpr std::uint16_t daily = 0x200A, weekly = 0x200B, monthly = 0x200C, yearly = 0x200D;
enum Pattern : std::uint16_t { by_day = 0, by_week = 1, by_month = 2, by_nth = 3, by_month_end = 4, by_hijri = 0xA };
enum Override : std::uint16_t {
  has_subject = 1, has_meeting_type = 2, has_reminder_minutes = 4, has_reminder_set = 8, has_location = 0x10, has_busy_state = 0x20,
  has_attachment = 0x40, has_all_day = 0x80, has_color = 0x100,
};
constexpr std::uint32_t ends_by_date = 0x2021, ends_after = 0x2022;
constexpr std::array<std::string_view, 7> weekday_names{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

std::int64_t from_minutes(std::uint32_t since_1601) { return std::int64_t{since_1601} * 60 - 11'644'473'600; }

std::int64_t midnight_of(std::int64_t seconds) {
  const std::int64_t rest = ((seconds % day_seconds) + day_seconds) % day_seconds;
  return seconds - rest;
}

int weekday_of(std::int64_t seconds) { return static_cast<int>(((midnight_of(seconds) / day_seconds + 4) % 7 + 7) % 7); }

// The week's days alone say which days: a first date that is none of them would be an occurrence more.
void move_first_date(Recurrence& recurrence) {
  if (recurrence.pattern != by_week || (recurrence.week_days & 0x7FU) == 0) return;
  while ((recurrence.week_days >> weekday_of(recurrence.first_date) & 1U) == 0) recurrence.first_date += day_seconds;
}

void read_pattern(ByteReader& reader, Recurrence& recurrence) {
  recurrence.frequency = reader.number<std::uint16_t>();
  recurrence.pattern = reader.number<std::uint16_t>();
  recurrence.calendar = reader.number<std::uint16_t>();
  reader.number<std::uint32_t>();  // FirstDateTime
  recurrence.period = reader.number<std::uint32_t>();
  recurrence.is_counted_from_completion = reader.number<std::uint32_t>() != 0;
  const std::uint16_t form = recurrence.pattern >= by_hijri ? static_cast<std::uint16_t>(recurrence.pattern - 8) : recurrence.pattern;
  if (form == by_week) recurrence.week_days = reader.number<std::uint32_t>();
  if (form == by_month || form == by_month_end) recurrence.day_of_month = reader.number<std::uint32_t>();
  if (form == by_nth) {
    recurrence.week_days = reader.number<std::uint32_t>();
    recurrence.position = reader.number<std::uint32_t>();
  }
}

Result<std::vector<std::int64_t>> read_dates(ByteReader& reader) {
  const auto count = reader.number<std::uint32_t>();
  if (count > most_occurrences) return fail(ErrorKind::syntax, "it has more exceptions than Outlook can make");
  std::vector<std::int64_t> dates;
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) dates.push_back(from_minutes(reader.number<std::uint32_t>()));
  return dates;
}

std::string read_text(ByteReader& reader, const std::string& charset) {
  reader.number<std::uint16_t>();  // its length and one
  return to_utf8(reader.bytes(reader.number<std::uint16_t>()), charset);
}

OccurrenceChange read_change(ByteReader& reader, const std::string& charset, std::uint16_t& overrides) {
  OccurrenceChange change;
  change.start = from_minutes(reader.number<std::uint32_t>());
  change.end = from_minutes(reader.number<std::uint32_t>());
  change.original_start = from_minutes(reader.number<std::uint32_t>());
  overrides = reader.number<std::uint16_t>();
  if ((overrides & has_subject) != 0) change.subject = read_text(reader, charset);
  if ((overrides & has_meeting_type) != 0) reader.number<std::uint32_t>();
  if ((overrides & has_reminder_minutes) != 0) change.reminder_minutes = reader.number<std::uint32_t>();
  if ((overrides & has_reminder_set) != 0) change.has_reminder = reader.number<std::uint32_t>() != 0;
  if ((overrides & has_location) != 0) change.location = read_text(reader, charset);
  if ((overrides & has_busy_state) != 0) change.busy_state = reader.number<std::uint32_t>();
  if ((overrides & has_attachment) != 0) reader.number<std::uint32_t>();
  if ((overrides & has_all_day) != 0) change.is_all_day = reader.number<std::uint32_t>() != 0;
  if ((overrides & has_color) != 0) reader.number<std::uint32_t>();
  return change;
}

std::string read_wide(ByteReader& reader) {
  const std::size_t length = reader.number<std::uint16_t>();
  return to_utf8(reader.bytes(2 * length), "utf-16le");
}

// The same once more, for texts in Unicode. It may be missing altogether: then the texts of before stay.
void read_wide_texts(ByteReader& reader, std::uint32_t version, const std::vector<std::uint16_t>& overrides,
                     std::vector<OccurrenceChange>& changes) {
  reader.bytes(reader.number<std::uint32_t>());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (version >= 0x3009) reader.bytes(reader.number<std::uint32_t>());
    reader.bytes(reader.number<std::uint32_t>());
    if ((overrides[i] & (has_subject | has_location)) == 0) continue;
    reader.bytes(12);  // start, end, original start
    std::string subject = (overrides[i] & has_subject) != 0 ? read_wide(reader) : std::string();
    std::string location = (overrides[i] & has_location) != 0 ? read_wide(reader) : std::string();
    reader.bytes(reader.number<std::uint32_t>());
    if (!reader.is_good()) return;
    if ((overrides[i] & has_subject) != 0) changes[i].subject = std::move(subject);
    if ((overrides[i] & has_location) != 0) changes[i].location = std::move(location);
  }
}

Result<> read_appointment_part(ByteReader& reader, Recurrence& recurrence, const std::string& charset) {
  reader.number<std::uint32_t>();
  const auto version = reader.number<std::uint32_t>();
  recurrence.start_of_day = std::int64_t{reader.number<std::uint32_t>()} * 60;
  recurrence.end_of_day = std::int64_t{reader.number<std::uint32_t>()} * 60;
  const auto count = reader.number<std::uint16_t>();
  std::vector<std::uint16_t> overrides(count);
  for (std::size_t i = 0; i < count && reader.is_good(); ++i) recurrence.changes.push_back(read_change(reader, charset, overrides[i]));
  if (!reader.is_good()) return fail(ErrorKind::syntax, "the times of its occurrences end too early");
  read_wide_texts(reader, version, overrides, recurrence.changes);
  return {};
}

std::string week_days(std::uint32_t mask) {
  std::string names;
  for (std::size_t i = 0; i < weekday_names.size(); ++i) {
    if ((mask >> i & 1U) != 0) names += fmt::format("{}{}", names.empty() ? "" : ",", weekday_names[i]);
  }
  return names;
}

Result<std::string> nth_weekday(const Recurrence& recurrence) {
  const std::string days = week_days(recurrence.week_days);
  if (days.empty() || recurrence.position < 1 || recurrence.position > 5) return fail(ErrorKind::syntax, "it recurs on no day of the week");
  const int position = recurrence.position == 5 ? -1 : static_cast<int>(recurrence.position);
  return days.size() == 2 ? fmt::format(";BYDAY={}{}", position, days) : fmt::format(";BYDAY={};BYSETPOS={}", days, position);
}

// A day that a month lacks is its last one: so is Outlook's rule, but not that of BYMONTHDAY alone.
std::string day_of_month(const Recurrence& recurrence) {
  if (recurrence.pattern == by_month_end || recurrence.day_of_month >= 31) return ";BYMONTHDAY=-1";
  if (recurrence.day_of_month <= 28) return fmt::format(";BYMONTHDAY={}", std::max(recurrence.day_of_month, 1U));
  return fmt::format(";BYMONTHDAY={};BYSETPOS=-1", recurrence.day_of_month == 29 ? "28,29" : "28,29,30");
}

Result<std::string> monthly_rule(const Recurrence& recurrence) {
  const bool is_yearly = recurrence.period >= 12 && recurrence.period % 12 == 0;
  std::string rule = is_yearly ? "FREQ=YEARLY" : "FREQ=MONTHLY";
  if (const std::uint32_t interval = is_yearly ? recurrence.period / 12 : recurrence.period; interval > 1)
    rule += fmt::format(";INTERVAL={}", interval);
  if (is_yearly) {
    const std::chrono::sys_days day{std::chrono::days(midnight_of(recurrence.first_date) / day_seconds)};
    rule += fmt::format(";BYMONTH={}", static_cast<unsigned>(std::chrono::year_month_day(day).month()));
  }
  if (recurrence.pattern != by_nth) return rule + day_of_month(recurrence);
  GODWIT_TRY(const std::string days, nth_weekday(recurrence));
  return rule + days;
}

Result<std::string> weekly_rule(const Recurrence& recurrence) {
  const std::string days = week_days(recurrence.week_days);
  if (days.empty()) return fail(ErrorKind::syntax, "it recurs on no day of the week");
  std::string rule = "FREQ=WEEKLY";
  // "Every working day" counts as daily, with an interval of its own.
  if (recurrence.frequency == weekly && recurrence.period > 1)
    rule += fmt::format(";INTERVAL={};WKST={}", recurrence.period, weekday_names[recurrence.first_week_day % 7]);
  return rule + ";BYDAY=" + days;
}

Result<std::string> frequency_rule(const Recurrence& recurrence) {
  if (recurrence.pattern >= by_hijri) return fail(ErrorKind::refused, "it recurs by the Hijri calendar, for which iCalendar has no rule");
  if (recurrence.pattern == by_day) {
    const std::uint32_t days = std::max(recurrence.period / 1440, 1U);
    return days == 1 ? std::string("FREQ=DAILY") : fmt::format("FREQ=DAILY;INTERVAL={}", days);
  }
  return recurrence.pattern == by_week ? weekly_rule(recurrence) : monthly_rule(recurrence);
}

// [MS-OXOCAL] 2.2.1.44.1: all others below 14 only differ in how years are counted, or names are written.
bool is_gregorian(std::uint16_t calendar) {
  constexpr std::uint16_t hijri = 6, hebrew = 8, first_lunar = 14;
  return calendar != hijri && calendar != hebrew && calendar < first_lunar;
}

}  // namespace

Result<Recurrence> parse_recurrence(std::string_view bytes, RecurrenceForm form, const std::string& charset) {
  ByteReader reader(bytes);
  Recurrence recurrence;
  if (reader.number<std::uint16_t>() != 0x3004) return fail(ErrorKind::syntax, "how it recurs is written in a form that is not known");
  reader.number<std::uint16_t>();
  read_pattern(reader, recurrence);
  recurrence.end_kind = reader.number<std::uint32_t>();
  recurrence.count = reader.number<std::uint32_t>();
  recurrence.first_week_day = reader.number<std::uint32_t>();
  GODWIT_TRY(recurrence.deleted_dates, read_dates(reader));
  GODWIT_CHECK(read_dates(reader));
  recurrence.first_date = midnight_of(from_minutes(reader.number<std::uint32_t>()));
  recurrence.last_date = midnight_of(from_minutes(reader.number<std::uint32_t>()));
  const bool is_known = recurrence.frequency >= daily && recurrence.frequency <= yearly &&
                        (recurrence.pattern <= by_month_end || (recurrence.pattern >= by_hijri && recurrence.pattern <= by_hijri + 2));
  if (!reader.is_good() || !is_known) return fail(ErrorKind::syntax, "how it recurs is damaged");
  if (form == RecurrenceForm::appointment) GODWIT_CHECK(read_appointment_part(reader, recurrence, charset));
  std::set<std::int64_t> changed;
  for (const OccurrenceChange& change : recurrence.changes) changed.insert(midnight_of(change.original_start));
  std::erase_if(recurrence.deleted_dates, [&](std::int64_t& date) { return changed.contains(date = midnight_of(date)); });
  move_first_date(recurrence);
  return recurrence;
}

Result<std::string> rule_of(const Recurrence& recurrence, const std::function<std::string(std::int64_t)>& until) {
  if (!is_gregorian(recurrence.calendar) && recurrence.frequency >= monthly)
    return fail(ErrorKind::refused, "it recurs by a calendar for which iCalendar has no rule");
  GODWIT_TRY(std::string rule, frequency_rule(recurrence));
  if (recurrence.end_kind == ends_after) rule += fmt::format(";COUNT={}", std::max(recurrence.count, 1U));
  if (recurrence.end_kind == ends_by_date) rule += fmt::format(";UNTIL={}", until(recurrence.last_date + recurrence.start_of_day));
  return rule;
}

}  // namespace godwit::pst
