// SPDX-License-Identifier: Apache-2.0
// When a component takes place (RFC 5545 section 3.8.5).
#pragma once

#include <string>
#include <vector>

#include "groupware/content_lines.h"
#include "groupware/zones.h"

namespace godwit::groupware {

// Of DTSTART, RRULE, RDATE, EXDATE and EXRULE, over ten years from DTSTART, at most 10,000 instances: a line for each month, "recurs
// 2024-05: 01T07:00:00Z 08T07:00:00Z", and lines that say what is beyond. None where it takes place once. Error of kind syntax, with the
// line.
[[nodiscard]] Result<std::vector<std::string>> recurrence_lines(const Component& component, const Zones& zones);

}  // namespace godwit::groupware
