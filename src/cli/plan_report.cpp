// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "api/client.h"
#include "api/owner_lock.h"
#include "api/uri.h"
#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/organisation_report.h"
#include "cli/run_here.h"
#include "plan/plan_file.h"
#include "report/organisation_summary.h"
#include "report/output_file.h"

namespace godwit::cli {
namespace {

using nlohmann::json;

constexpr mode_t private_mode = 0600;  // subjects and senders are in it

std::string written(void (*write)(const report::OrganisationReport&, std::ostream&), const report::OrganisationReport& report) {
  std::ostringstream out;
  write(report, out);
  return std::move(out).str();
}

bool is_everybody_done(const report::OrganisationReport& report) {
  return std::ranges::all_of(report.people, [](const auto& person) { return standing_of(person) == report::Standing::done; });
}

// What is written, and whether everybody is done.
struct Rendered {
  std::vector<ReportFile> files;
  bool is_everybody_done = false;
};

json to_json(const Rendered& rendered) {
  json files = json::array();
  for (const ReportFile& file : rendered.files) files.push_back({{"name", file.name}, {"content", file.content}});
  return {{"everybody_done", rendered.is_everybody_done}, {"files", std::move(files)}};
}

Result<Rendered> rendered_of(const json& answer) {
  try {
    Rendered rendered;
    rendered.is_everybody_done = answer.at("everybody_done").get<bool>();
    for (const json& file : answer.at("files")) {
      rendered.files.push_back({file.at("name").get<std::string>(), file.at("content").get<std::string>()});
    }
    return rendered;
  } catch (const json::exception&) {
    return fail(ErrorKind::syntax, "the process at work answered with no report: is it another version of godwit?");
  }
}

// In a query names stand one a line: a name has no line feed.
std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  return text;
}
std::vector<std::string> names_in(const api::Request& request, const std::string& key) {
  std::vector<std::string> names;
  const auto found = request.query.find(key);
  std::istringstream lines(found == request.query.end() ? std::string() : found->second);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

Result<Rendered> ask(const std::filesystem::path& socket, const PlanReportOptions& options) {
  std::string path = "/v1/report?format=" + options.format;
  if (!options.plan.accounts.empty()) path += "&account=" + api::percent_encode(lines_of(options.plan.accounts));
  if (!options.plan.waves.empty()) path += "&wave=" + api::percent_encode(lines_of(options.plan.waves));
  GODWIT_TRY(const json answer, api::call_and_wait(socket, "GET", path));
  return rendered_of(answer);
}

Result<Rendered> read_records(const PlanReportOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto organisation, read_organisation(options.plan));
  GODWIT_TRY(const auto accounts, make_identified(organisation, wiring));
  const std::filesystem::path& file = organisation.plan.ledger;
  if (!std::filesystem::exists(file)) {
    return fail(ErrorKind::not_found,
                printable(file.native()) + ": there is no ledger yet, and so nothing to report; godwit migrate makes it");
  }
  GODWIT_TRY(const auto ledger, wiring.ledger(file));
  GODWIT_TRY(const auto report, run_here(gather_report(organisation, accounts, *ledger, std::nullopt)));
  GODWIT_TRY(auto files, files_of(report, options.format));
  return Rendered{std::move(files), is_everybody_done(report)};
}

// An owner that is just starting has the ledger already, and does not take calls yet.
Result<Rendered> make_report(const PlanReportOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto plan, plan::read_plan(options.plan.plan));
  for (int attempts = 60;; --attempts) {
    auto asked = ask(api::socket_of(plan.ledger), options);
    if (asked || asked.error().kind != ErrorKind::not_found) return asked;
    auto read = read_records(options, wiring);
    if (read || attempts == 0 || code_of(read.error()) != codes::ledger_in_use.number) return read;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Result<> write_file(const std::filesystem::path& file, const std::string& content) {
  GODWIT_TRY(auto out, report::OutputFile::create(file, private_mode));
  GODWIT_CHECK(out.write(content));
  return out.publish();
}

Result<> put(const Rendered& rendered, const PlanReportOptions& options) {
  if (options.output.empty()) {  // of CSV the people: two tables make no table
    const std::string& content = rendered.files.front().content;
    if (std::fwrite(content.data(), 1, content.size(), stdout) == content.size() && std::fflush(stdout) == 0) return {};
    return fail(ErrorKind::storage, "the report could not be written to the standard output");
  }
  if (rendered.files.size() == 1) return write_file(options.output, rendered.files.front().content);
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) {
    return fail(ErrorKind::storage, fmt::format("{}: the directory cannot be made ({}); for CSV --output names a directory",
                                                printable(options.output), error.message()));
  }
  for (const ReportFile& file : rendered.files) GODWIT_CHECK(write_file(std::filesystem::path(options.output) / file.name, file.content));
  return {};
}

int run_plan_report(const PlanReportOptions& options, const Wiring& wiring) {
  const Console::Style style = style_for(options.plan.json);
  const auto rendered = make_report(options, wiring);
  if (!rendered) return Console(style, {}).failure(rendered.error());
  const auto done = put(*rendered, options);
  if (!done) return Console(style, {}).failure(done.error());
  return rendered->is_everybody_done ? 0 : 1;
}

}  // namespace

void add_plan_report_options(CLI::App& command, PlanReportOptions& options) {
  command.add_option("--plan", options.plan.plan, "The plan's file, where no ledger is given")->capture_default_str();
  command.add_option("--account", options.plan.accounts, "Of the plan, only this account; may be repeated")->allow_extra_args(false);
  command.add_option("--wave", options.plan.waves, "Of the plan, only this wave; may be repeated")->allow_extra_args(false);
  command.add_option("--format", options.format, "Of a plan's report: text, html, csv or json")
      ->check(CLI::IsMember({"text", "html", "csv", "json"}))
      ->capture_default_str();
  command.add_option("--output", options.output, "Write it to this file; for csv to people.csv and problems.csv in this directory");
}

int run_report(const RecordOptions& records, PlanReportOptions options, const Wiring& wiring) {
  if (!records.ledger.empty()) return run_report(records, wiring);
  if (!records.source.url.empty()) {
    return Console(style_for(records.json), {})
        .failure(make_error(codes::options_do_not_fit, "the URLs of an account need --ledger; without either, the report is of the plan"));
  }
  options.plan.json = records.json;
  if (records.json) options.format = "json";
  return run_plan_report(options, wiring);
}

Result<std::vector<ReportFile>> files_of(const report::OrganisationReport& report, std::string_view format) {
  if (format == "text") return std::vector<ReportFile>{{"report.txt", written(report::write_text, report)}};
  if (format == "html") return std::vector<ReportFile>{{"report.html", written(report::write_html, report)}};
  if (format == "json") return std::vector<ReportFile>{{"report.json", written(report::write_json, report)}};
  if (format != "csv") return fail(ErrorKind::usage, "a report's format is text, html, csv or json, not " + printable(format));
  return std::vector<ReportFile>{{"people.csv", written(report::write_people_csv, report)},
                                 {"problems.csv", written(report::write_problems_csv, report)}};
}

void add_report_call(api::Router& router, std::function<Task<Result<report::OrganisationReport>>(PlanOptions chosen)> make) {
  router.add("GET", "/v1/report", [make = std::move(make)](api::Request request) -> Task<api::Answer> {
    PlanOptions chosen;
    chosen.accounts = names_in(request, "account");
    chosen.waves = names_in(request, "wave");
    GODWIT_CO_TRY(const auto report, co_await make(std::move(chosen)));
    const auto format = request.query.find("format");
    if (format == request.query.end()) {
      GODWIT_CO_TRY(const auto files, files_of(report, "json"));
      co_return api::Answer(200, json::parse(files.front().content));
    }
    GODWIT_CO_TRY(auto files, files_of(report, format->second));
    co_return api::Answer(200, to_json(Rendered{std::move(files), is_everybody_done(report)}));
  });
}

}  // namespace godwit::cli
