// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <span>

#include "base/text.h"
#include "groupware/calendar_time.h"
#include "groupware/meaning_lines.h"
#include "groupware/recurrence_set.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

// What servers set or add themselves, and what a migration sets. Of these the page calendars-and-contacts.md says why.
constexpr std::array left_out{
    "UID"sv,           "DTSTAMP"sv,      "CREATED"sv,         "LAST-MODIFIED"sv, "REQUEST-STATUS"sv, "RECURRENCE-ID"sv,
    "X-RADICALE-NAME"sv, "X-LIC-ERROR"sv, "X-CALENDARSERVER-PERUSER-UID"sv, "X-WR-ALARMUID"sv};
constexpr std::array left_out_parameters{"VALUE"sv,
                                         "TZID"sv,
                                         "ENCODING"sv,
                                         "SCHEDULE-AGENT"sv,
                                         "SCHEDULE-STATUS"sv,
                                         "SCHEDULE-FORCE-SEND"sv,
                                         "X-CALENDARSERVER-DTSTAMP"sv,
                                         "X-VOBJ-ORIGINAL-TZID"sv,
                                         "X-VOBJ-FLOATINGTIME-ALLOWED"sv};
constexpr std::array defaults{"CLASS: PUBLIC"sv, "TRANSP: OPAQUE"sv, "SEQUENCE: 0"sv, "PRIORITY: 0"sv, "REPEAT: 0"sv};
constexpr std::array default_parameters{"CUTYPE=INDIVIDUAL"sv, "ROLE=REQ-PARTICIPANT"sv, "PARTSTAT=NEEDS-ACTION"sv, "RSVP=FALSE"sv,
                                        "RELTYPE=PARENT"sv,    "RELATED=START"sv,        "FBTYPE=BUSY"sv};
constexpr std::array words{"CLASS"sv, "TRANSP"sv, "STATUS"sv, "ACTION"sv, "BUSYTYPE"sv};
constexpr std::array numbers{"SEQUENCE"sv, "PRIORITY"sv, "PERCENT-COMPLETE"sv, "REPEAT"sv};
constexpr std::array lists{"CATEGORIES"sv, "RESOURCES"sv};
constexpr std::array addresses{"ATTENDEE"sv, "ORGANIZER"sv};
constexpr std::array links{"URL"sv, "ATTACH"sv, "TZURL"sv, "SOURCE"sv, "IMAGE"sv, "CONFERENCE"sv};
constexpr std::array times{"DTSTART"sv, "COMPLETED"sv, "ACKNOWLEDGED"sv};
constexpr std::array of_recurrence{"RRULE"sv, "RDATE"sv, "EXDATE"sv, "EXRULE"sv};
constexpr std::array word_parameters{"CUTYPE"sv,  "ROLE"sv,   "PARTSTAT"sv, "RSVP"sv,     "RELTYPE"sv,
                                     "RELATED"sv, "FBTYPE"sv, "RANGE"sv,    "LANGUAGE"sv, "FMTTYPE"sv};
constexpr std::array address_parameters{"SENT-BY"sv, "MEMBER"sv, "DELEGATED-TO"sv, "DELEGATED-FROM"sv, "DIR"sv};

bool is_among(std::span<const std::string_view> all, std::string_view one) { return std::ranges::find(all, one) != all.end(); }

// Addresses of mail are the same in whatever case (their part before the @ is by custom).
std::string address_text(std::string_view value) {
  return starts_with_ignoring_case(value, "mailto:") ? to_lower(value) : std::string(value);
}

std::vector<std::string> parameters_of(const Property& property) {
  std::vector<std::string> texts;
  for (const Parameter& parameter : property.parameters) {
    if (is_among(left_out_parameters, parameter.name)) continue;
    std::vector<std::string> values = parameter.values;
    for (std::string& value : values) {
      if (is_among(word_parameters, parameter.name)) value = to_upper(value);
      if (is_among(address_parameters, parameter.name)) value = address_text(value);
    }
    std::ranges::sort(values);
    std::string text = fmt::format("{}={}", parameter.name, fmt::join(values, ","));
    if (!text.ends_with('=') && !is_among(default_parameters, text)) texts.push_back(std::move(text));
  }
  return texts;
}

std::string number_text(std::string_view value) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc{} && end == value.data() + value.size() ? fmt::to_string(number) : std::string(value);
}

// "48.85299;2.36885" (section 3.8.1.6), in millionths of a degree.
std::string place_text(std::string_view value) {
  std::vector<std::string> degrees;
  for (const std::string& part : split_value(value, ';')) {
    double number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{} || end != part.data() + part.size() || !std::isfinite(number)) return std::string(value);
    degrees.push_back(fmt::format("{:.6f}", number));
  }
  return fmt::format("{}", fmt::join(degrees, ";"));
}

// Of alarms, where servers write a day as 24 hours and the other way round.
std::string alarm_text(const Duration& duration) { return text_of(Duration{0, duration.days * 86400 + duration.seconds}); }

Result<std::string> binary_text(const Property& property) {
  const auto bytes = bytes_of_base64(property.value);
  if (!bytes) return line_error(property.line, fmt::format("{} is not base64", property.name));
  return digest_text(*bytes);
}

// The lines of one component, without those in it.
class ComponentLines {
 public:
  ComponentLines(const Component& component, const Zones& zones) : component_(component), zones_(zones) {}

  Result<std::vector<std::string>> make() {
    for (const Property& property : component_.properties) GODWIT_CHECK(add(property));
    GODWIT_CHECK(add_end());
    GODWIT_CHECK(add_recurrence());
    for (const Component& inner : component_.components) GODWIT_CHECK(add_inner(inner));
    return std::move(lines_);
  }

 private:
  Result<> add(const Property& property) {
    const std::string& name = property.name;
    if (is_among(left_out, name) || is_among(of_recurrence, name) || name == "DURATION" || name == "DTEND" || name == "DUE") return {};
    if (is_among(lists, name)) {
      for (const std::string& value : split_value(property.value, ',')) add_line(property, unescaped(value));
      return {};
    }
    GODWIT_TRY(const std::string value, value_of(property));
    add_line(property, value);
    return {};
  }

  Result<std::string> value_of(const Property& property) const {
    const std::string& name = property.name;
    if (equals_ignoring_case(property.parameter_value("ENCODING"), "BASE64")) return binary_text(property);
    if (name == "TRIGGER") return trigger_text(property);
    if (is_among(times, name)) return time_text(property, property.value, zones_);
    if (is_among(words, name)) return to_upper(property.value);
    if (is_among(numbers, name)) return number_text(property.value);
    if (is_among(addresses, name)) return address_text(property.value);
    if (is_among(links, name) || equals_ignoring_case(property.parameter_value("VALUE"), "URI")) return property.value;
    if (name == "GEO") return place_text(property.value);
    return unescaped(property.value);
  }

  Result<std::string> trigger_text(const Property& property) const {
    if (const auto duration = parse_duration(property.value)) return alarm_text(*duration);
    auto moment = time_text(property, property.value, zones_);
    if (moment) return moment;
    return line_error(property.line, fmt::format("TRIGGER:{} is neither a duration such as -PT15M nor a time",
                                                 printable(property.value.substr(0, 40))));
  }

  void add_line(const Property& property, std::string_view value) {
    std::vector<std::string> parameters = parameters_of(property);
    if (value.empty() && parameters.empty()) return;  // it says nothing
    std::string line = line_of(property.name, std::move(parameters), value);
    if (!is_among(defaults, line)) lines_.push_back(std::move(line));
  }

  // DTEND, DUE and DURATION say the same in two ways (sections 3.8.2.2, 3.8.2.3 and 3.8.2.5).
  Result<> add_end() {
    const bool is_alarm = component_.name == "VALARM";
    const Property* const duration = component_.property("DURATION");
    if (duration != nullptr && is_alarm) {
      const auto length = parse_duration(duration->value);
      if (!length) return line_error(duration->line, duration_fault(*duration));
      lines_.push_back(line_of("DURATION", {}, alarm_text(*length)));
      return {};
    }
    const std::string_view name = component_.name == "VTODO" ? "DUE" : "DTEND";
    if (const Property* const end = component_.property(name)) {
      GODWIT_TRY(const std::string text, time_text(*end, end->value, zones_));
      lines_.push_back(line_of(name, {}, text));
      return {};
    }
    const Property* const start = component_.property("DTSTART");
    if (start == nullptr || (duration == nullptr && component_.name != "VEVENT")) return {};
    return add_end_of(*start, duration, name);
  }

  Result<> add_end_of(const Property& start, const Property* duration, std::string_view name) {
    GODWIT_TRY(Moment end, moment_of(start, start.value, zones_));
    Duration length{.days = end.time.form == TimeForm::date ? 1 : 0, .seconds = 0};
    if (duration != nullptr) {
      const auto told = parse_duration(duration->value);
      if (!told) return line_error(duration->line, duration_fault(*duration));
      length = *told;
    }
    lines_.push_back(line_of(name, {}, text_of(later(end, length))));
    return {};
  }

  static std::string duration_fault(const Property& duration) {
    return fmt::format("DURATION:{} is no duration such as PT1H", printable(duration.value.substr(0, 40)));
  }

  Result<> add_recurrence() {
    GODWIT_TRY(std::vector<std::string> set, recurrence_lines(component_, zones_));
    std::ranges::move(set, std::back_inserter(lines_));
    return {};
  }

  // Alarms and the like: one line each, so that they are a set.
  Result<> add_inner(const Component& inner) {
    GODWIT_TRY(std::vector<std::string> lines, ComponentLines(inner, zones_).make());
    std::ranges::sort(lines);
    lines_.push_back(fmt::format("{} {{{}}}", inner.name, fmt::join(lines, "; ")));
    return {};
  }

  const Component& component_;
  const Zones& zones_;
  std::vector<std::string> lines_;
};

std::optional<ItemKind> kind_of(std::string_view name) {
  if (name == "VEVENT") return ItemKind::event;
  if (name == "VTODO") return ItemKind::task;
  if (name == "VJOURNAL") return ItemKind::journal;
  return std::nullopt;
}

class CalendarMeaning {
 public:
  Result<Meaning> make(const Component& calendar) {
    GODWIT_TRY(const Zones zones, Zones::of(calendar));
    for (const Component& component : calendar.components) {
      if (component.name != "VTIMEZONE") GODWIT_CHECK(add(component, zones));
    }
    if (first_ == nullptr) return line_error(calendar.line, nothing_in(calendar));
    finish(meaning_);
    return std::move(meaning_);
  }

 private:
  static std::string nothing_in(const Component& calendar) {
    std::string others;
    for (const Component& component : calendar.components) {
      if (!others.contains(component.name)) others += (others.empty() ? " (it holds " : ", ") + component.name;
    }
    return "the VCALENDAR has no event, task or journal entry" + (others.empty() ? others : others + ")");
  }

  Result<> add(const Component& component, const Zones& zones) {
    const auto kind = kind_of(component.name);
    std::string prefix;
    if (kind) {
      GODWIT_CHECK(check_same_item(component, *kind));
      if (const Property* const id = component.property("RECURRENCE-ID")) {
        GODWIT_TRY(const std::string when, time_text(*id, id->value, zones));
        prefix = "instance " + when + (id->parameter("RANGE") == nullptr ? " " : " and later ");
      } else {
        GODWIT_CHECK(take_master(component));
      }
      if (const Property* const title = component.property("SUMMARY"); title != nullptr && (prefix.empty() || meaning_.summary.empty())) {
        meaning_.summary = unescaped(title->value);
      }
    } else {
      prefix = component.name + " ";
    }
    GODWIT_TRY(const std::vector<std::string> lines, ComponentLines(component, zones).make());
    for (const std::string& line : lines) meaning_.lines.push_back(prefix + line);
    if (!prefix.empty() && lines.empty()) meaning_.lines.push_back(prefix);
    return {};
  }

  Result<> check_same_item(const Component& component, ItemKind kind) {
    const Property* const uid = component.property("UID");
    const std::string own = uid == nullptr ? std::string() : uid->value;
    if (first_ == nullptr) {
      first_ = &component;
      meaning_.kind = kind;
      meaning_.uid = own;
      return {};
    }
    if (meaning_.kind != kind || meaning_.uid != own) {
      return line_error(component.line, fmt::format("there is a second item (the first begins in line {}): one resource holds one item, "
                                                    "with its changed instances (RFC 4791 section 4.1)", first_->line));
    }
    return {};
  }

  Result<> take_master(const Component& component) {
    if (master_ != nullptr) {
      return line_error(component.line, fmt::format("the item with UID {} is there twice (the first begins in line {})",
                                                    printable(meaning_.uid), master_->line));
    }
    master_ = &component;
    return {};
  }

  Meaning meaning_;
  const Component* first_ = nullptr;
  const Component* master_ = nullptr;
};

}  // namespace

Result<Meaning> calendar_meaning(std::string_view bytes) {
  GODWIT_TRY(const std::vector<Component> all, read_components(bytes, Syntax::calendar));
  if (all.empty()) return line_error(1, "there is no VCALENDAR: the item is empty");
  if (all.front().name != "VCALENDAR") {
    return line_error(all.front().line, fmt::format("BEGIN:{} where BEGIN:VCALENDAR has to be", all.front().name));
  }
  if (all.size() > 1) return line_error(all[1].line, "there is a second VCALENDAR: one resource holds one item");
  return CalendarMeaning().make(all.front());
}

}  // namespace godwit::groupware
