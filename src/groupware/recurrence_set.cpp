// SPDX-License-Identifier: Apache-2.0
#include "groupware/recurrence_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "groupware/calendar_time.h"
#include "groupware/recurrence.h"

namespace godwit::groupware {
namespace {

constexpr std::int64_t ten_years = std::int64_t{3653} * 86400;
constexpr std::size_t most_instances = 10'000;
constexpr std::size_t most_rules = 16;            // of one component
constexpr std::size_t most_listed = 100'000;      // RDATEs or EXDATEs

class RecurrenceSet {
 public:
  RecurrenceSet(const Component& component, const Zones& zones) : component_(component), zones_(zones) {}

  Result<std::vector<std::string>> make() {
    if (!is_recurring()) return {};
    const Property* const start = component_.property("DTSTART");
    if (start == nullptr) {
      return line_error(component_.line, fmt::format("the {} recurs and has no DTSTART to count from", component_.name));
    }
    GODWIT_TRY(start_, moment_of(*start, start->value, zones_));
    instances_.insert(text_of(start_));
    for (const Property& property : component_.properties) GODWIT_CHECK(add(property));
    for (const std::string& gone : excluded_) instances_.erase(gone);
    return lines();
  }

 private:
  [[nodiscard]] bool is_recurring() const {
    return std::ranges::any_of(component_.properties, [](const Property& property) {
      return property.name == "RRULE" || property.name == "RDATE" || property.name == "EXDATE";
    });
  }

  Result<> add(const Property& property) {
    if (property.name == "RRULE" || property.name == "EXRULE") return add_rule(property);
    if (property.name == "RDATE") return add_list(property, instances_);
    if (property.name == "EXDATE") return add_list(property, excluded_);
    return {};
  }

  Result<> add_rule(const Property& property) {
    if (++rules_ > most_rules) {
      return line_error(property.line, fmt::format("the {} has more than {} recurrence rules", component_.name, most_rules));
    }
    const RecurrenceBounds bounds{.last_clock = start_.time.clock + ten_years, .instances = most_instances};
    auto found = expand(property.value, start_.time, bounds, [&](std::int64_t clock) { return resolved(start_, clock); });
    if (!found) return line_error(property.line, std::move(found.error().what));
    std::set<std::string>& to = property.name == "RRULE" ? instances_ : excluded_;
    for (const std::int64_t clock : found->clocks) to.insert(text_at(start_, clock));
    const std::string_view verb = property.name == "RRULE" ? "recurs" : "is left out";
    if (!found->rest.empty()) beyond_.push_back(fmt::format("{} beyond ten years: {}", verb, found->rest));
    if (!found->rule.empty()) beyond_.push_back(fmt::format("{} by rule: {}", verb, found->rule));
    return {};
  }

  // A period counts by its start, and what is not the default length of the item is told (section 3.8.5.2).
  Result<> add_list(const Property& property, std::set<std::string>& to) {
    if (property.value.empty()) return {};  // an empty list, as some programs write it
    for (const std::string& value : split_value(property.value, ',')) {
      if (++listed_ > most_listed) return line_error(property.line, fmt::format("more than {} dates are listed", most_listed));
      const std::size_t slash = value.find('/');
      GODWIT_TRY(const std::string when, time_text(property, std::string_view(value).substr(0, slash), zones_));
      to.insert(when);
      if (slash != std::string::npos) GODWIT_CHECK(add_period(property, value, when));
    }
    return {};
  }

  Result<> add_period(const Property& property, std::string_view period, std::string_view when) {
    const std::size_t slash = period.find('/');
    const std::string_view end = period.substr(slash + 1);
    std::string until;
    if (const auto length = parse_duration(end)) {
      GODWIT_TRY(const Moment start, moment_of(property, period.substr(0, slash), zones_));
      until = text_of(later(start, *length));
    } else {
      GODWIT_TRY(until, time_text(property, end, zones_));
    }
    beyond_.push_back(fmt::format("recurs {} until {}", when, until));
    return {};
  }

  std::vector<std::string> lines() {
    std::vector<std::string> lines = std::move(beyond_);
    if (instances_.size() == 1 && lines.empty() && *instances_.begin() == text_of(start_)) return lines;
    constexpr std::size_t month = 7;  // "2024-05"
    std::map<std::string, std::string> months;
    for (const std::string& instance : instances_) months[instance.substr(0, month)] += ' ' + instance.substr(month + 1);
    for (const auto& [name, days] : months) lines.push_back(fmt::format("recurs {}:{}", name, days));
    if (instances_.empty()) lines.emplace_back("recurs never");
    return lines;
  }

  const Component& component_;
  const Zones& zones_;
  Moment start_;
  std::set<std::string> instances_, excluded_;
  std::vector<std::string> beyond_;
  std::size_t rules_ = 0, listed_ = 0;
};

}  // namespace

Result<std::vector<std::string>> recurrence_lines(const Component& component, const Zones& zones) {
  return RecurrenceSet(component, zones).make();
}

}  // namespace godwit::groupware
