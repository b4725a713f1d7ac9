// SPDX-License-Identifier: Apache-2.0
// Tasks ([MS-OXOTASK]) as VTODO; notes ([MS-OXONOTE]) and journal entries ([MS-OXOJRNL]) as VJOURNAL.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pst/code_page.h"
#include "pst/documents.h"
#include "pst/item_document.h"
#include "pst/recurrence.h"

namespace godwit::pst {
namespace {

constexpr Name task_start{NameSet::task, 0x8104}, task_due{NameSet::task, 0x8105}, date_completed{NameSet::task, 0x810F};
constexpr Name task_status{NameSet::task, 0x8101}, percent_complete{NameSet::task, 0x8102}, is_complete{NameSet::task, 0x811C};
constexpr Name task_recurrence{NameSet::task, 0x8116}, task_recurs{NameSet::task, 0x8126}, task_owner{NameSet::task, 0x811F};
constexpr Name actual_effort{NameSet::task, 0x8110}, estimated_effort{NameSet::task, 0x8111};
constexpr Name reminder_set{NameSet::common, 0x8503}, reminder_time{NameSet::common, 0x8502};
constexpr Name note_color{NameSet::note, 0x8B00};
constexpr Name log_type{NameSet::log, 0x8700}, log_start{NameSet::log, 0x8706}, log_duration{NameSet::log, 0x8707};

std::string uid_of(ItemOrigin origin) { return made_uid(origin.store, origin.id); }

void add_progress(const Properties& properties, ContentLines& lines) {
  constexpr std::uint64_t in_progress = 1, completed = 2;
  const std::uint64_t status = properties.number(task_status).value_or(0);
  const bool is_done = status == completed || properties.is_true(is_complete);
  lines.add("STATUS", is_done ? "COMPLETED" : status == in_progress ? "IN-PROCESS" : "NEEDS-ACTION");
  const double part = properties.real(percent_complete);
  if (is_done || (part > 0 && part <= 1)) lines.add("PERCENT-COMPLETE", fmt::format("{}", is_done ? 100 : std::lround(part * 100)));
  if (const auto when = properties.seconds(date_completed); is_done && when) lines.add("COMPLETED", date_time_text(*when) + "Z");
  if (status == 3) lines.add("COMMENT", "Waiting on someone else");
  if (status == 4) lines.add("COMMENT", "Deferred");
}

void add_effort(const Properties& properties, ContentLines& lines) {
  const std::uint64_t estimated = properties.number(estimated_effort).value_or(0), actual = properties.number(actual_effort).value_or(0);
  if (estimated > 0) lines.add("X-GODWIT-TOTAL-WORK", fmt::format("{} min", estimated));
  if (actual > 0) lines.add("X-GODWIT-ACTUAL-WORK", fmt::format("{} min", actual));
}

// A task whose next one begins when this one is done has no rule in iCalendar: it stays one task, and says so.
Result<> add_recurrence(const Properties& properties, std::optional<std::int64_t> start, ContentLines& lines) {
  const auto blob = properties.bytes(task_recurrence);
  if (!blob || blob->empty() || !properties.is_true(task_recurs)) return {};
  const auto recurrence = parse_recurrence(*blob, RecurrenceForm::task, charset_of(properties.code_page()));
  if (!recurrence) return fail(ErrorKind::refused, recurrence.error().what);
  if (recurrence->is_counted_from_completion) {
    lines.add_text("COMMENT", "In Outlook, the next task of this kind began when this one was done.");
    return {};
  }
  const auto rule = rule_of(*recurrence, date_text);
  if (!rule) return fail(ErrorKind::refused, rule.error().what);
  if (!start) lines.add("DTSTART;VALUE=DATE", date_text(recurrence->first_date));
  lines.add("RRULE", *rule);
  for (const std::int64_t date : recurrence->deleted_dates) lines.add("EXDATE;VALUE=DATE", date_text(date));
  return {};
}

// RFC 7986 §5.9 wants the names of CSS.
void add_color(const Properties& properties, ContentLines& lines) {
  constexpr std::array<std::string_view, 5> colors{"blue", "green", "pink", "yellow", "white"};
  if (const auto color = properties.number(note_color); color && *color < colors.size()) lines.add("COLOR", colors[*color]);
}

void add_log(const Properties& properties, ContentLines& lines) {
  if (const auto start = properties.seconds(log_start)) lines.add("DTSTART", date_time_text(*start) + "Z");
  const std::string type = properties.text(log_type);
  const std::uint64_t minutes = properties.number(log_duration).value_or(0);
  if (minutes > 0) {
    lines.add_text("COMMENT", fmt::format("{}{}{} min", type, type.empty() ? "" : ", ", minutes));
  } else {
    lines.add_text("COMMENT", type);
  }
}

}  // namespace

Result<std::string> task_document(const MapiItem& item, ItemOrigin origin) {
  const Properties& properties = item.properties;
  ContentLines lines;
  lines.add("BEGIN", "VTODO");
  lines.add("UID", uid_of(origin));
  add_common(properties, lines);
  // Days of no zone: midnights in UTC.
  const auto start = properties.seconds(task_start), due = properties.seconds(task_due);
  if (start) lines.add("DTSTART;VALUE=DATE", date_text(*start));
  if (due) lines.add("DUE;VALUE=DATE", date_text(std::max(*due, start.value_or(*due))));
  GODWIT_CHECK(add_recurrence(properties, start, lines));
  lines.add_text("SUMMARY", subject_of(properties));
  lines.add_text("DESCRIPTION", plain_body_of(properties));
  add_progress(properties, lines);
  add_effort(properties, lines);
  lines.add_text("X-GODWIT-OWNER", properties.text(task_owner));
  add_attachments(item, lines);
  if (const auto when = properties.seconds(reminder_time); when && properties.is_true(reminder_set))
    add_alarm("TRIGGER;VALUE=DATE-TIME", date_time_text(*when) + "Z", lines);
  lines.add("END", "VTODO");
  return calendar_of(lines.text());
}

std::string journal_document(const MapiItem& item, ItemOrigin origin, ItemKind kind) {
  const Properties& properties = item.properties;
  ContentLines lines;
  lines.add("BEGIN", "VJOURNAL");
  lines.add("UID", uid_of(origin));
  add_common(properties, lines);
  lines.add_text("SUMMARY", subject_of(properties));
  lines.add_text("DESCRIPTION", plain_body_of(properties));
  kind == ItemKind::note ? add_color(properties, lines) : add_log(properties, lines);
  add_attachments(item, lines);
  lines.add("END", "VJOURNAL");
  return calendar_of(lines.text());
}

}  // namespace godwit::pst
