// SPDX-License-Identifier: Apache-2.0
// Values of properties that are times, resolved through their zones.
#pragma once

#include <string>
#include <string_view>

#include "groupware/content_lines.h"
#include "groupware/times.h"
#include "groupware/zones.h"

namespace godwit::groupware {

// A time as it stands, and the zone whose clock it is.
struct Moment {
  Time time;
  const ZoneOffset* zone = nullptr;  // of a local time; nothing: none is named, or it is not known
  std::string tzid{};                // that is not known
};

// Error of kind syntax, with the property's line: `value` is no time.
[[nodiscard]] Result<Moment> moment_of(const Property& property, std::string_view value, const Zones& zones);
// In UTC where that can be: "2024-05-01T07:00:00Z". A date stays one, and a time without a zone stays local. Where the zone is not known
// its name follows: "2024-05-01T09:00:00 in Nowhere".
[[nodiscard]] std::string text_of(const Moment& moment);
[[nodiscard]] Result<std::string> time_text(const Property& property, std::string_view value, const Zones& zones);
// Of the same zone, with another clock.
[[nodiscard]] std::string text_at(const Moment& moment, std::int64_t clock);
// In seconds since 1970, in UTC where the zone is known.
[[nodiscard]] std::int64_t resolved(const Moment& moment, std::int64_t clock);
// Days by the calendar first, then the time that passes (RFC 5545 section 3.3.6).
[[nodiscard]] Moment later(const Moment& moment, const Duration& duration);

}  // namespace godwit::groupware
