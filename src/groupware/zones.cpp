// SPDX-License-Identifier: Apache-2.0
#include "groupware/zones.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "groupware/recurrence.h"
#include "groupware/times.h"

namespace godwit::groupware {
namespace {

constexpr std::int64_t horizon = 4102444800;         // 2100-01-01: beyond it the last rule of a zone holds
constexpr std::size_t most_transitions = 20'000;     // of one zone

struct Transition {
  std::int64_t clock = 0;  // at the old offset
  std::int64_t from = 0, to = 0;
  // From there on clocks are at the new offset for certain.
  [[nodiscard]] std::int64_t settled() const { return clock + std::max<std::int64_t>(to - from, 0); }
};

Result<std::int64_t> offset_in(const Component& observance, std::string_view name) {
  const Property* const property = observance.property(name);
  if (property == nullptr) return line_error(observance.line, fmt::format("{} of a time zone has no {}", observance.name, name));
  const auto offset = parse_offset(property->value);
  if (!offset) {
    return line_error(property->line, fmt::format("{}:{} is no offset such as +0100", name, printable(property->value.substr(0, 40))));
  }
  return *offset;
}

Result<Time> onset_of(const Property& property, std::string_view value) {
  const auto time = parse_time(value.substr(0, value.find('/')));
  if (time) return *time;
  return line_error(property.line, fmt::format("{}:{} is no time such as 20240331T020000", property.name, printable(value.substr(0, 40))));
}

Result<> add_rule(const Property& rule, const Time& start, std::int64_t from, std::vector<std::int64_t>& clocks) {
  auto found =
      expand(rule.value, start, {.last_clock = horizon, .instances = most_transitions}, [&](std::int64_t clock) { return clock - from; });
  if (!found) return line_error(rule.line, std::move(found.error().what));
  if (!found->rule.empty()) return line_error(rule.line, "a time zone cannot change its offset by this rule");
  std::ranges::copy(found->clocks, std::back_inserter(clocks));
  return {};
}

Result<> add_observance(const Component& observance, std::vector<Transition>& transitions) {
  GODWIT_TRY(const std::int64_t from, offset_in(observance, "TZOFFSETFROM"));
  GODWIT_TRY(const std::int64_t to, offset_in(observance, "TZOFFSETTO"));
  const Property* const starts = observance.property("DTSTART");
  if (starts == nullptr) return line_error(observance.line, fmt::format("{} of a time zone has no DTSTART", observance.name));
  GODWIT_TRY(const Time start, onset_of(*starts, starts->value));
  std::vector<std::int64_t> clocks{start.clock};
  for (const Property& property : observance.properties) {
    if (property.name == "RRULE") GODWIT_CHECK(add_rule(property, start, from, clocks));
    if (property.name != "RDATE" || property.value.empty()) continue;
    for (const std::string& value : split_value(property.value, ',')) {
      GODWIT_TRY(const Time onset, onset_of(property, value));
      clocks.push_back(onset.form == TimeForm::utc ? onset.clock + from : onset.clock);
    }
  }
  if (transitions.size() + clocks.size() > most_transitions) {
    return line_error(observance.line, fmt::format("the time zone changes its offset more than {} times", most_transitions));
  }
  for (const std::int64_t clock : clocks) transitions.push_back({clock, from, to});
  return {};
}

std::int64_t offset_among(const std::vector<Transition>& transitions, std::int64_t clock) {
  const auto after = std::ranges::upper_bound(transitions, clock, {}, &Transition::settled);
  return after == transitions.begin() ? after->from : std::prev(after)->to;
}

Result<std::shared_ptr<const ZoneOffset>> read_zone(const Component& zone) {
  std::vector<Transition> transitions;
  for (const Component& part : zone.components) {
    if (part.name == "STANDARD" || part.name == "DAYLIGHT") GODWIT_CHECK(add_observance(part, transitions));
  }
  if (transitions.empty()) return line_error(zone.line, "a VTIMEZONE has neither STANDARD nor DAYLIGHT");
  std::ranges::sort(transitions, {}, [](const Transition& each) { return std::pair(each.settled(), each.clock); });
  return std::make_shared<const ZoneOffset>(
      [transitions = std::move(transitions)](std::int64_t clock) { return offset_among(transitions, clock); });
}

// All items of a calendar bring the same few zones.
Result<std::shared_ptr<const ZoneOffset>> known_zone(const Component& zone) {
  constexpr std::size_t most_known = 128;
  thread_local std::map<std::string, std::shared_ptr<const ZoneOffset>> known;
  std::string text = written(zone);
  if (const auto found = known.find(text); found != known.end()) return found->second;
  GODWIT_TRY(auto made, read_zone(zone));
  if (known.size() >= most_known) known.clear();
  known.emplace(std::move(text), made);
  return made;
}

// Names that are no paths out of the system's folder of zones.
bool is_zone_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
  };
  return !name.empty() && name.size() < 64 && !name.starts_with('/') && std::ranges::all_of(name, is_allowed) && name != "localtime";
}

std::shared_ptr<const ZoneOffset> system_zone(const std::string& name) {
  cctz::time_zone zone;
  if (!is_zone_name(name) || !cctz::load_time_zone(name, &zone)) return nullptr;
  return std::make_shared<const ZoneOffset>([zone](std::int64_t clock) {
    const cctz::civil_second shown = cctz::civil_second(1970, 1, 1, 0, 0, 0) + clock;
    return clock - zone.lookup(shown).pre.time_since_epoch().count();
  });
}

// Also "/example.org/20240101/Europe/Berlin", as programs write it that give zones names of their own.
std::shared_ptr<const ZoneOffset> system_zone_of(const std::string& tzid) {
  if (const std::string_view windows = zone_of_windows(tzid); !windows.empty()) return system_zone(std::string(windows));
  for (std::string_view name = tzid; !name.empty();) {
    if (auto found = system_zone(std::string(name))) return found;
    const std::size_t slash = name.find('/');
    if (!tzid.starts_with('/') || slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  return nullptr;
}

// The clock from which on a definition says something; nothing readable: from the beginning.
std::int64_t first_onset(const Component& zone) {
  std::int64_t first = horizon;
  for (const Component& part : zone.components) {
    const Property* const starts = part.property("DTSTART");
    const auto time = starts == nullptr ? std::nullopt : parse_time(starts->value);
    first = std::min(first, time ? time->clock : first);
  }
  return first;
}

// Before its first onset a definition says nothing: there the system's zone of the same name counts, where it is known.
std::shared_ptr<const ZoneOffset> with_past(std::shared_ptr<const ZoneOffset> own, std::int64_t first,
                                            std::shared_ptr<const ZoneOffset> system) {
  if (!system) return own;
  return std::make_shared<const ZoneOffset>([own = std::move(own), first, system = std::move(system)](std::int64_t clock) {
    return clock < first ? (*system)(clock) : (*own)(clock);
  });
}

}  // namespace

Result<Zones> Zones::of(const Component& calendar) {
  Zones zones;
  for (const Component& zone : calendar.components) {
    if (zone.name != "VTIMEZONE") continue;
    const Property* const tzid = zone.property("TZID");
    if (tzid == nullptr) return line_error(zone.line, "a VTIMEZONE has no TZID");
    GODWIT_TRY(auto read, known_zone(zone));
    read = with_past(std::move(read), first_onset(zone), system_zone_of(unescaped(tzid->value)));
    zones.own_.emplace(tzid->value, read);  // some write it in parameters as it stands here, escaped
    zones.own_.emplace(unescaped(tzid->value), std::move(read));
  }
  return zones;
}

const ZoneOffset* Zones::find(const std::string& tzid) const {
  if (const auto own = own_.find(tzid); own != own_.end()) return own->second.get();
  const auto [found, is_new] = of_system_.try_emplace(tzid);
  if (is_new) found->second = system_zone_of(tzid);
  return found->second.get();
}

}  // namespace godwit::groupware
