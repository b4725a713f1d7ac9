// SPDX-License-Identifier: Apache-2.0
// What a run of a command over a plan's accounts leaves on record besides the accounts themselves: under which settings it ran, and how
// far it was at which time. In the ledger both are texts of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/timeline.h"
#include "report/organisation.h"

namespace godwit::jobs {

struct RunSettings {
  std::string program;  // "godwit 0.1.0"
  std::vector<report::NamedValue> settings;
  std::vector<report::ServerDescription> servers;
};
[[nodiscard]] std::string settings_text(const RunSettings& settings);
// Empty where the text is none.
[[nodiscard]] RunSettings settings_of(std::string_view text);

// One array a moment: milliseconds since 1970, messages, bytes, milliseconds waited for the source and for the target, accounts at work.
[[nodiscard]] std::string timeline_text(const std::vector<Moment>& timeline);
// Empty where the text is none.
[[nodiscard]] std::vector<Moment> timeline_of(std::string_view text);

}  // namespace godwit::jobs
