// SPDX-License-Identifier: Apache-2.0
// A migration sends no invitations.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::groupware {

// The calendar object as it may be stored on a server that would send invitations, replies or cancellations because of it: METHOD is
// left out (RFC 4791 section 4.1), each ORGANIZER and ATTENDEE outside of alarms gets SCHEDULE-AGENT=CLIENT unless it has NONE
// (RFC 6638 section 7.1), and SCHEDULE-FORCE-SEND is left out (section 7.2). All other bytes stay as they are.
// Error of kind syntax: what is wrong, and in which line.
[[nodiscard]] Result<std::string> without_scheduling(std::string_view calendar_object);

}  // namespace godwit::groupware
