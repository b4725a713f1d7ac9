// SPDX-License-Identifier: Apache-2.0
// Appointments and meetings ([MS-OXOCAL]) as VEVENT, by [MS-OXCICAL].
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst/documents.h"
#include "pst/item_document.h"
#include "pst/recurrence.h"

namespace godwit::pst {
namespace {

constexpr Name start_whole{NameSet::appointment, 0x820D}, end_whole{NameSet::appointment, 0x820E};
constexpr Name location{NameSet::appointment, 0x8208}, busy_state{NameSet::appointment, 0x8205}, all_day{NameSet::appointment, 0x8215};
constexpr Name recurrence_data{NameSet::appointment, 0x8216};
constexpr Name zone_structure{NameSet::appointment, 0x8233}, zone_text{NameSet::appointment, 0x8234};
constexpr Name zone_of_recurrence{NameSet::appointment, 0x8260}, zone_shown{NameSet::appointment, 0x825E};
constexpr Name meeting_state{NameSet::appointment, 0x8217}, response{NameSet::appointment, 0x8218}, sequence{NameSet::appointment, 0x8201};
constexpr Name reminder_set{NameSet::common, 0x8503}, reminder_minutes{NameSet::common, 0x8501};
constexpr Name common_start{NameSet::common, 0x8516}, common_end{NameSet::common, 0x8517};
constexpr std::int64_t day_seconds = 86'400;
constexpr std::uint32_t default_reminder = 0x5AE980E1, longest_reminder = 60 * 24 * 366;
constexpr std::uint64_t is_meeting = 1, was_received = 2, is_canceled = 4;

// An appointment, or one of its occurrences: with what differs put in.
struct Occurrence {
  std::string subject, location, body;
  std::int64_t start = 0, end = 0;  // local where there is a zone, else UTC
  std::uint64_t busy_state = 2;
  bool is_all_day = false, has_reminder = false;
  std::uint64_t reminder_minutes = 0;
};

std::string partstat_of(std::uint64_t state) {
  switch (state) {
    case 2:
      return "TENTATIVE";
    case 3:
      return "ACCEPTED";
    case 4:
      return "DECLINED";
    default:
      return "NEEDS-ACTION";
  }
}

// An address that no mail program knows has none, as in [MS-OXCICAL].
std::string calendar_address(const Address& address) {
  const std::string clean = clean_line(address.address);
  return clean.empty() || clean.find('@') == std::string::npos || clean.find(' ') != std::string::npos ? "invalid:nomail"
                                                                                                       : "mailto:" + clean;
}

class EventWriter {
 public:
  EventWriter(const MapiItem& item, ItemOrigin origin, std::string_view method)
      : item_(item), properties_(item.properties), method_(method), uid_(meeting_uid_of(properties_)) {
    if (uid_.empty()) uid_ = made_uid(origin.store, origin.id);
  }

  Result<std::string> write() {
    auto start = properties_.seconds(start_whole), end = properties_.seconds(end_whole);
    if (!start) start = properties_.seconds(common_start);
    if (!end) end = properties_.seconds(common_end);
    const auto blob = properties_.bytes(recurrence_data);
    if (!start) return fail(ErrorKind::refused, "it says nothing of its time");
    find_zone(blob.has_value());
    Occurrence first = occurrence(*start, std::max(end.value_or(*start), *start));
    if (!blob || blob->empty()) return whole(event(first, {}, {}));
    auto recurrence = parse_recurrence(*blob, RecurrenceForm::appointment, charset_of(properties_.code_page()));
    if (!recurrence) return fail(ErrorKind::refused, recurrence.error().what);
    return recurring(first, *recurrence, *start);
  }

 private:
  void find_zone(bool recurs) {
    const auto definition = properties_.bytes(recurs ? zone_of_recurrence : zone_shown);
    zone_ = definition ? TimeZone::of_definition(*definition) : std::nullopt;
    if (zone_) return;
    if (const auto structure = properties_.bytes(zone_structure)) zone_ = TimeZone::of_structure(*structure, properties_.text(zone_text));
  }

  // What the wall's clock is ahead of UTC: from 12 hours less to 14 hours more.
  static std::int64_t offset_between(std::int64_t local_time, std::int64_t utc) {
    constexpr std::int64_t least = -12 * 3600;
    return (((local_time - utc - least) % day_seconds) + day_seconds) % day_seconds + least;
  }

  [[nodiscard]] std::int64_t local(std::int64_t utc) const { return zone_ ? zone_->to_local(utc) : utc; }

  // Of a day that is not in any zone: the midnight that is nearest.
  [[nodiscard]] std::int64_t midnight(std::int64_t utc) const {
    const std::int64_t time = zone_ ? zone_->to_local(utc) : utc + day_seconds / 2;
    return time - ((time % day_seconds) + day_seconds) % day_seconds;
  }

  [[nodiscard]] Occurrence occurrence(std::int64_t start, std::int64_t end) const {
    Occurrence one;
    one.subject = subject_of(properties_);
    one.location = properties_.text(location);
    one.body = plain_body_of(properties_);
    one.is_all_day = properties_.is_true(all_day);
    one.start = one.is_all_day ? midnight(start) : local(start);
    one.end = one.is_all_day ? midnight(end) : local(end);
    one.busy_state = properties_.number(busy_state).value_or(2);
    one.has_reminder = properties_.is_true(reminder_set);
    one.reminder_minutes = properties_.number(reminder_minutes).value_or(15);
    return one;
  }

  Result<std::string> recurring(Occurrence& first, const Recurrence& recurrence, std::int64_t start) {
    const std::int64_t begin = recurrence.first_date + recurrence.start_of_day;
    if (!zone_) zone_ = TimeZone::of_offset(offset_between(begin, start));
    first.start = begin;
    first.end = recurrence.first_date + std::max(recurrence.end_of_day, recurrence.start_of_day);
    const bool is_date = first.is_all_day;
    auto rule =
        rule_of(recurrence, [&](std::int64_t last) { return is_date ? date_text(last) : date_time_text(zone_->to_utc(last)) + "Z"; });
    if (!rule) return fail(ErrorKind::refused, rule.error().what);
    ContentLines repeated;
    repeated.add("RRULE", *rule);
    for (const std::int64_t date : recurrence.deleted_dates) add_time("EXDATE", date + recurrence.start_of_day, is_date, repeated);
    std::string events = event(first, repeated.text(), {});
    for (const OccurrenceChange& change : recurrence.changes) events += changed(first, change, recurrence.start_of_day);
    return whole(events);
  }

  // The occurrence that it replaces is named by the time that the rule gives it.
  [[nodiscard]] std::string changed(const Occurrence& first, const OccurrenceChange& change, std::int64_t start_of_day) {
    Occurrence one = first;
    one.start = change.start;
    one.end = std::max(change.end, change.start);
    if (change.subject) one.subject = *change.subject;
    if (change.location) one.location = *change.location;
    if (change.busy_state) one.busy_state = *change.busy_state;
    if (change.is_all_day) one.is_all_day = *change.is_all_day;
    if (change.has_reminder) one.has_reminder = *change.has_reminder;
    if (change.reminder_minutes) one.reminder_minutes = *change.reminder_minutes;
    const std::int64_t date = change.original_start - ((change.original_start % day_seconds) + day_seconds) % day_seconds;
    if (const MapiItem* const kept = exception_at(zone_->to_utc(change.original_start))) {
      if (std::string body = plain_body_of(kept->properties); !body.empty()) one.body = std::move(body);
    }
    ContentLines id;
    add_time("RECURRENCE-ID", date + start_of_day, first.is_all_day, id);
    return event(one, {}, id.text());
  }

  // [MS-OXOCAL] 2.2.10.1: an item inside this one, known by the time that it replaces.
  [[nodiscard]] const MapiItem* exception_at(std::int64_t utc) const {
    constexpr std::uint16_t replaced_time = 0x7FF9;
    for (const MapiAttachment& attachment : item_.attachments) {
      if (is_exception(attachment) && attachment.item && attachment.properties.seconds(replaced_time) == utc) return attachment.item.get();
    }
    return nullptr;
  }

  void add_time(std::string_view name, std::int64_t time, bool is_date, ContentLines& lines) {
    if (is_date) return lines.add(fmt::format("{};VALUE=DATE", name), date_text(time));
    if (!zone_) return lines.add(name, date_time_text(time) + "Z");
    uses_zone_ = true;
    const bool is_plain = zone_->name().find_first_of(":;,") == std::string::npos;
    lines.add(is_plain ? fmt::format("{};TZID={}", name, zone_->name()) : fmt::format("{};TZID=\"{}\"", name, zone_->name()),
              date_time_text(time));
  }

  std::string event(const Occurrence& one, std::string_view repeated, std::string_view recurrence_id) {
    ContentLines lines;
    lines.add("BEGIN", "VEVENT");
    lines.add("UID", uid_);
    lines.add_lines(recurrence_id);
    add_common(properties_, lines);
    add_time("DTSTART", one.start, one.is_all_day, lines);
    if (one.is_all_day) {
      add_time("DTEND", std::max(one.end, one.start + day_seconds), true, lines);
    } else if (one.end > one.start) {
      add_time("DTEND", one.end, false, lines);
    }
    lines.add_lines(repeated);
    lines.add_text("SUMMARY", one.subject);
    lines.add_text("LOCATION", one.location);
    lines.add_text("DESCRIPTION", one.body);
    add_state(one, lines);
    add_people(lines);
    if (recurrence_id.empty()) add_attachments(item_, lines);
    if (one.has_reminder) add_alarm("TRIGGER", trigger_of(one.reminder_minutes), lines);
    lines.add("END", "VEVENT");
    return lines.text();
  }

  static std::string trigger_of(std::uint64_t minutes) {
    return minutes == default_reminder || minutes > longest_reminder ? "-PT15M" : fmt::format("-PT{}M", minutes);
  }

  void add_state(const Occurrence& one, ContentLines& lines) const {
    constexpr std::array<std::string_view, 5> states{"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"};
    lines.add("TRANSP", one.busy_state == 0 || one.busy_state == 4 ? "TRANSPARENT" : "OPAQUE");
    if (one.busy_state < states.size()) lines.add("X-MICROSOFT-CDO-BUSYSTATUS", states[one.busy_state]);
    const bool canceled = (properties_.number(meeting_state).value_or(0) & is_canceled) != 0;
    lines.add("STATUS", canceled ? "CANCELLED" : one.busy_state == 1 ? "TENTATIVE" : "CONFIRMED");
    if (const auto number = properties_.number(sequence)) lines.add("SEQUENCE", fmt::format("{}", *number & 0x7FFF'FFFFU));
  }

  void add_people(ContentLines& lines) const {
    constexpr std::uint64_t organizer_flag = 2;  // PidTagRecipientFlags
    if ((properties_.number(meeting_state).value_or(0) & is_meeting) == 0) return;
    Address organizer = address_of(properties_, 0x0042, 0x5D02, 0x0064, 0x0065);
    std::vector<const Properties*> invited;
    for (const Properties& recipient : item_.recipients) {
      const bool is_organizer =
          (recipient.number(0x5FFD).value_or(0) & organizer_flag) != 0 || recipient_type_of(recipient) == RecipientType::originator;
      if (!is_organizer) invited.push_back(&recipient);
      if (is_organizer && organizer.address.empty()) organizer = recipient_of(recipient);
    }
    if (invited.empty()) return;
    lines.add("ORGANIZER" + parameter_of("CN", organizer.name), calendar_address(organizer));
    for (const Properties* const recipient : invited) add_attendee(*recipient, lines);
  }

  void add_attendee(const Properties& recipient, ContentLines& lines) const {
    const Address address = recipient_of(recipient);
    const RecipientType type = recipient_type_of(recipient);
    std::uint64_t state = recipient.number(0x5FFF).value_or(0);  // PidTagRecipientTrackStatus
    // Whoever was invited keeps his own answer elsewhere.
    const bool is_own = (properties_.number(meeting_state).value_or(0) & was_received) != 0 && !address.name.empty() &&
                        address.name == properties_.text(0x0044);
    if (is_own) state = properties_.number(response).value_or(state);
    const std::string_view role = type == RecipientType::cc    ? "OPT-PARTICIPANT"
                                  : type == RecipientType::bcc ? "NON-PARTICIPANT"
                                                               : "REQ-PARTICIPANT";
    lines.add(fmt::format("ATTENDEE{};ROLE={};PARTSTAT={}{}", type == RecipientType::bcc ? ";CUTYPE=RESOURCE" : "", role,
                          partstat_of(state), parameter_of("CN", address.name)),
              calendar_address(address));
  }

  [[nodiscard]] std::string whole(const std::string& events) const {
    return calendar_of(uses_zone_ ? zone_->component() + events : events, method_);
  }

  const MapiItem& item_;
  const Properties& properties_;
  const std::string_view method_;
  std::string uid_;
  std::optional<TimeZone> zone_;
  bool uses_zone_ = false;
};

}  // namespace

Result<std::string> event_document(const MapiItem& item, ItemOrigin origin, std::string_view method) {
  return EventWriter(item, origin, method).write();
}

}  // namespace godwit::pst
