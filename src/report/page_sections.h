// SPDX-License-Identifier: Apache-2.0
// The long sections of an organisation's page. Each writes nothing where there is nothing to show.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "report/organisation_summary.h"

namespace godwit::report {

// A coloured word; `colour` is a class of the page.
[[nodiscard]] std::string badge(std::string_view colour, std::string_view text);

// People whom somebody must look at; then all people, wave by wave.
void write_attention(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out);
void write_people(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out);
void write_waves(const OrganisationSummary& summary, std::ostream& out);
void write_problems(const OrganisationSummary& summary, std::ostream& out);

}  // namespace godwit::report
