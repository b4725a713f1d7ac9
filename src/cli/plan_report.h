// SPDX-License-Identifier: Apache-2.0
// godwit report over a plan. Whoever is at work on the plan writes it, else the ledger's records are read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/router.h"
#include "cli/organisation.h"
#include "cli/records.h"
#include "report/organisation.h"

namespace godwit::cli {

struct PlanReportOptions {
  PlanOptions plan;
  std::string format = "text";  // "text", "html", "csv", "json"
  std::string output;           // a file, or a directory for CSV; empty: standard output
};
// To the command of godwit report; "--json" is there already.
void add_plan_report_options(CLI::App& command, PlanReportOptions& options);

// Of a ledger where one is given, else of the plan. Returns the exit status.
[[nodiscard]] int run_report(const RecordOptions& records, PlanReportOptions options, const Wiring& wiring);

struct ReportFile {
  std::string name, content;
};
// One file; of CSV two, that of people first. Error of kind usage: there is no such format.
[[nodiscard]] Result<std::vector<ReportFile>> files_of(const report::OrganisationReport& report, std::string_view format);

// GET /v1/report of the process at work. `make`: of the chosen accounts and waves.
void add_report_call(api::Router& router,
                     std::function<Task<Result<report::OrganisationReport>>(PlanOptions chosen)> make);

}  // namespace godwit::cli
