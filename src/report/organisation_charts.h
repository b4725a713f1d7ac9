// SPDX-License-Identifier: Apache-2.0
// The charts of an organisation's report, as figures of its page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/organisation_summary.h"

namespace godwit::report {

// By time, at most `most` points: of those that fall together the last one's counts, the mean of their rates, and what limited
// most of them. Points of times that cannot be shown are left out.
[[nodiscard]] std::vector<TimelinePoint> thinned(std::vector<TimelinePoint> points, std::size_t most);

inline constexpr std::size_t waves_charted = 40;  // the table has the others

[[nodiscard]] std::string grades_figure(const OrganisationSummary& summary);
[[nodiscard]] std::string waves_figure(const OrganisationSummary& summary);
[[nodiscard]] std::string progress_figures(const std::vector<TimelinePoint>& timeline);  // items, bytes, speed
[[nodiscard]] std::string forecast_figure(const Forecast& forecast);

// Classes of the page.
[[nodiscard]] std::string_view colour_of(Standing standing);
[[nodiscard]] std::string_view colour_of(Grade grade);

}  // namespace godwit::report
