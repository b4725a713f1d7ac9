// SPDX-License-Identifier: Apache-2.0
// What a time zone's clocks show, by the VTIMEZONE that comes with an item (RFC 5545 section 3.6.5), or by the system's data.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "groupware/content_lines.h"

namespace godwit::groupware {

// Seconds east of UTC while a clock shows that. Of two such moments the first; in a gap, as before it (section 3.3.5).
using ZoneOffset = std::function<std::int64_t(std::int64_t clock)>;

class Zones {
 public:
  // Of the VTIMEZONEs in a VCALENDAR. Error of kind syntax, with the line: one of them cannot be read.
  [[nodiscard]] static Result<Zones> of(const Component& calendar);
  // The item's own definition first, then the system's by the name, also where a prefix stands before it, or it is one of Windows.
  // Nothing: there is no such zone.
  [[nodiscard]] const ZoneOffset* find(const std::string& tzid) const;

 private:
  std::map<std::string, std::shared_ptr<const ZoneOffset>> own_;
  mutable std::map<std::string, std::shared_ptr<const ZoneOffset>> of_system_;  // nothing in it: looked for in vain
};

// "Europe/Berlin" of "W. Europe Standard Time" (CLDR's table windowsZones, the row of the whole world); empty: not one of Windows.
[[nodiscard]] std::string_view zone_of_windows(std::string_view name);

}  // namespace godwit::groupware
