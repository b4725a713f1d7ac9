// SPDX-License-Identifier: Apache-2.0
// A time zone as Outlook keeps it beside an appointment. Local times are counted like UTC, in seconds since 1970 on the wall's clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::pst {

// A moment of the year, as Windows has it: a day of a month, or in each year a weekday's first to fourth or last (5) one in a month.
struct Onset {
  int year = 0;     // 0: each year
  int month = 0;    // 0: there is none
  int weekday = 0;  // Sunday is 0
  int day = 0;      // of the month; or which of the weekdays
  std::int64_t seconds_of_day = 0;
  friend bool operator==(const Onset&, const Onset&) = default;
};

class TimeZone {
 public:
  // [MS-OXOCAL] 2.2.1.41 (PidLidAppointmentTimeZoneDefinition…). Nothing: it is damaged.
  [[nodiscard]] static std::optional<TimeZone> of_definition(std::string_view bytes);
  // [MS-OXOCAL] 2.2.1.39 (PidLidTimeZoneStruct), which has no name of its own.
  [[nodiscard]] static std::optional<TimeZone> of_structure(std::string_view bytes, std::string name);
  [[nodiscard]] static TimeZone of_offset(std::int64_t seconds);  // east of Greenwich

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::int64_t to_local(std::int64_t utc) const;
  [[nodiscard]] std::int64_t to_utc(std::int64_t local) const;
  // A VTIMEZONE (RFC 5545 §3.6.5), for times from 1970 on.
  [[nodiscard]] std::string component() const;

 private:
  struct Rule {
    int year = 0;  // from then on; the first one holds before, too
    std::int64_t standard_offset = 0, daylight_offset = 0;  // seconds east of Greenwich
    Onset standard{}, daylight{};
    [[nodiscard]] bool has_daylight() const { return standard.month != 0 && daylight.month != 0; }
    [[nodiscard]] bool is_daylight(std::int64_t local, std::int64_t daylight_onset, std::int64_t standard_onset) const;
  };
  [[nodiscard]] static Rule rule_of(std::string_view biases, std::string_view standard, std::string_view daylight);
  [[nodiscard]] const Rule& rule_at(int year) const;
  void add_component(class ContentLines& lines, std::size_t index, bool is_daylight) const;

  std::string name_;
  std::vector<Rule> rules_;  // by year, one at least
};

}  // namespace godwit::pst
