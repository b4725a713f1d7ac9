// SPDX-License-Identifier: Apache-2.0
// IMAP's internal date of a message: an instant, and the zone in which the server told it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit {

struct InternalDate {
  std::int64_t seconds = 0;       // since 1970-01-01 00:00:00 UTC
  std::int16_t zone_minutes = 0;  // east of Greenwich, less than a day

  [[nodiscard]] static InternalDate now();  // in UTC

  // RFC 9051 date-time without its quotes: "17-Jul-1996 02:44:25 -0700", a day below ten with a zero or a blank before it.
  // "-0000" is read as "+0000", and the second 60 as the first of the next minute.
  [[nodiscard]] static std::optional<InternalDate> parse(std::string_view text);
  // The same text again, the day always with two digits (both forms are allowed; no server was seen to mind this one).
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::string to_rfc3339() const;  // "1996-07-17T02:44:25-07:00"

  // One number for the ledger, for years 0 to 9999; of two, the earlier instant gives the smaller one.
  [[nodiscard]] std::int64_t packed() const;
  [[nodiscard]] static InternalDate from_packed(std::int64_t packed);

  // Servers may tell one instant in another zone than the one that it was given in.
  [[nodiscard]] bool same_instant(const InternalDate& other) const { return seconds == other.seconds; }
  friend bool operator==(const InternalDate&, const InternalDate&) = default;
};

}  // namespace godwit
