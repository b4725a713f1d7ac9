// SPDX-License-Identifier: Apache-2.0
// Names that godwit gives to resources and collections, and what it changes in items so that no mail is sent because of them. No I/O.
#pragma once

#include <string>
#include <string_view>

#include "base/item_kind.h"

namespace godwit::adapters {

// "meeting-42@example.com.ics": the UID with what is safe in every path, else a digest of it. The same for ever.
[[nodiscard]] std::string resource_name(std::string_view uid, CollectionKind kind);

// A name for a collection: small letters, digits and "-_." of it; "calendar" or "contacts" where nothing is left. `attempt`: from the
// second one on a number is added.
[[nodiscard]] std::string collection_name(std::string_view proposal, CollectionKind kind, unsigned attempt);

// The calendar with SCHEDULE-AGENT=CLIENT on each ORGANIZER and ATTENDEE of events, tasks and journals (RFC 6638 section 7.1): the server
// sends neither invitations nor replies because of it. Every other byte stays.
[[nodiscard]] std::string without_scheduling(std::string_view calendar);

// Line ends as RFC 5545 and RFC 6350 have them, which XML may have changed on the way.
[[nodiscard]] std::string with_crlf(std::string bytes);

}  // namespace godwit::adapters
