// SPDX-License-Identifier: Apache-2.0
#include "cli/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/owner_lock.h"
#include "base/error_code.h"
#include "base/text.h"
#include "cli/check_plan.h"
#include "cli/terminal.h"
#include "inventory/recorded.h"
#include "inventory/writer.h"

namespace godwit::cli {
namespace {

using inventory::CheckReport;
using inventory::Recorded;
using inventory::Severity;
using inventory::Tally;

// What would be done with one account, or with all.
struct Prospect {
  std::uint64_t folders = 0, folders_left_out = 0;
  Tally source;                 // what the rules take
  Tally on_record;              // of it
  std::uint64_t left_out = 0;   // messages, by the rules
  std::uint64_t not_moved = 0;  // on record as such; tried again
  std::uint64_t too_large = 0;  // messages, for the target

  [[nodiscard]] Tally to_do() const {
    return {source.messages - on_record.messages, source.bytes - std::min(source.bytes, on_record.bytes)};
  }
  Prospect& operator+=(const Prospect& other) {
    folders += other.folders;
    folders_left_out += other.folders_left_out;
    source += other.source;
    on_record += other.on_record;
    left_out += other.left_out;
    not_moved += other.not_moved;
    too_large += other.too_large;
    return *this;
  }
};

Prospect prospect_of(const CheckReport& report, const Recorded& recorded) {
  Prospect prospect;
  prospect.folders = report.source.folders.size();
  prospect.folders_left_out = report.source.folders_left_out;
  prospect.source = report.source.statistics.total();
  prospect.on_record = recorded.done;
  prospect.not_moved = recorded.not_moved;
  for (const inventory::FolderInventory& folder : report.source.folders) prospect.left_out += folder.left_out;
  const auto above = std::ranges::find(report.findings, "append_limit", &inventory::Finding::code);
  if (above != report.findings.end()) prospect.too_large = above->count;
  return prospect;
}

nlohmann::json to_json(const Prospect& prospect) {
  return {{"folders", prospect.folders},
          {"folders_left_out", prospect.folders_left_out},
          {"messages", prospect.source.messages},
          {"bytes", prospect.source.bytes},
          {"on_record", prospect.on_record.messages},
          {"to_move", prospect.to_do().messages},
          {"bytes_to_move", prospect.to_do().bytes},
          {"left_out", prospect.left_out},
          {"not_moved", prospect.not_moved},
          {"too_large", prospect.too_large}};
}

constexpr std::size_t name_width = 34;

std::string row_of(const std::string& name, const Prospect& prospect, std::string_view remark) {
  const Tally to_do = prospect.to_do();
  std::string text = fmt::format("  {} {:>7} {:>11} {:>11} {:>11} {:>10} {:>9}  {}", padded(name, name_width), grouped(prospect.folders),
                                 grouped(prospect.source.messages), grouped(prospect.on_record.messages), grouped(to_do.messages),
                                 format_bytes(to_do.bytes), grouped(prospect.left_out), remark);
  return text.erase(text.find_last_not_of(' ') + 1) + "\n";
}

std::string remark_of(const inventory::AccountCheck& check, const Prospect& prospect) {
  const Severity worst = inventory::worst_of(check.report.findings);
  std::string text = worst == Severity::stop ? "cannot be moved like this" : worst == Severity::warning ? "warning" : "";
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), what);
  };
  add(prospect.too_large, "too large for the target");
  add(prospect.not_moved, "not moved before");
  return text;
}

struct DryRun {
  Survey survey;
  std::unique_ptr<ledger::Ledger> ledger;  // none: nothing is on record, or nobody may look
  std::string ledger_note;
  std::vector<Recorded> recorded;  // as the survey's jobs
  PlanCheck check;

  [[nodiscard]] Prospect prospect(std::size_t index) const {
    const auto& account = check.accounts[index];
    return account ? prospect_of(account->report, recorded[index]) : Prospect{};
  }
};

// Only where there is one, and nobody is at work on it.
Result<> open_ledger_to_read(DryRun& run, const Wiring& wiring) {
  const std::filesystem::path& file = run.survey.organisation.plan.ledger;
  std::error_code none;
  if (!std::filesystem::exists(file, none)) {
    run.ledger_note = "There is no ledger yet: nothing is on record.";
    return {};
  }
  constexpr const char* in_use =
      "The ledger is in use by another godwit: what is on record was not looked at, and counts as still to be moved.";
  GODWIT_TRY(const bool is_owned, api::has_owner(file));
  if (is_owned) {
    run.ledger_note = in_use;
    return {};
  }
  auto ledger = wiring.ledger(file);
  if (ledger) run.ledger = *std::move(ledger);
  else if (code_of(ledger.error()) == codes::ledger_in_use.number) run.ledger_note = in_use;
  else return std::unexpected(std::move(ledger).error());
  return {};
}

void print_text(const DryRun& run, const Prospect& all) {
  fmt::print("\n  {} {:>7} {:>11} {:>11} {:>11} {:>10} {:>9}\n", padded("account", name_width), "folders", "messages", "on record",
             "to move", "size", "left out");
  for (std::size_t i = 0; i < run.check.accounts.size(); ++i) {
    const auto& account = run.check.accounts[i];
    if (!account) continue;
    const Prospect prospect = run.prospect(i);
    fmt::print("{}", row_of(printable(run.survey.jobs[i].name), prospect, remark_of(*account, prospect)));
  }
  fmt::print("{}", row_of("together", all, ""));
  const std::string causes = inventory::causes_text(run.check.organisation);
  if (!causes.empty()) fmt::print("\nfindings by cause\n{}", causes);
  if (!run.ledger_note.empty()) fmt::print("\n{}", run.ledger_note);
  const auto& people = run.check.organisation.people;
  fmt::print("\ngodwit migrate would move {} messages, {}, of {} accounts", grouped(all.to_do().messages), format_bytes(all.to_do().bytes),
             grouped(people.size()));
  const auto stops = static_cast<std::uint64_t>(std::ranges::count(people, Severity::stop, &inventory::PersonRow::worst));
  fmt::print("{}. Nothing was changed.\n", stops > 0 ? fmt::format("; {} of them cannot be moved like this", grouped(stops)) : "");
}

void print_json_result(const DryRun& run, const Prospect& all, int status) {
  nlohmann::json line = to_json(all);
  line["event"] = "dry_run";
  line["worst"] = inventory::name_of(run.check.worst());
  line["ledger_is_read"] = run.ledger != nullptr;
  line["exit_status"] = status;
  line["findings"] = inventory::to_json(run.check.organisation)["findings"];
  line["accounts"] = nlohmann::json::array();
  for (std::size_t i = 0; i < run.check.accounts.size(); ++i) {
    const auto& account = run.check.accounts[i];
    if (!account) continue;
    nlohmann::json row = to_json(run.prospect(i));
    row["account"] = printable(run.survey.jobs[i].name);
    row["worst"] = inventory::name_of(inventory::worst_of(account->report.findings));
    row["is_read"] = !account->source_error;
    line["accounts"].push_back(std::move(row));
  }
  print_json(line);
}

Result<int> run_over(const MigrateOptions& options, const Wiring& wiring, SurveyConsole& console) {
  DryRun run;
  const SurveyOptions survey_options{.plan = options.plan, .accounts_at_once = options.accounts_at_once, .threads = options.threads};
  GODWIT_TRY(run.survey, prepare_survey(survey_options, wiring));
  inventory::CheckOptions settings;
  GODWIT_TRY(settings.inventory.rules, sync::parse_rules(run.survey.organisation.plan.rules));
  settings.inventory.keeps_uids = true;
  GODWIT_CHECK(open_ledger_to_read(run, wiring));
  run.recorded.resize(run.survey.jobs.size());
  const auto more = [&run](std::size_t index, const inventory::AccountCheck& account) -> Task<Result<>> {
    if (!run.ledger) co_return Result<>{};
    GODWIT_CO_TRY(run.recorded[index],
                  co_await inventory::count_recorded(*run.ledger, run.survey.jobs[index].identity, account.report.source));
    co_return Result<>{};
  };
  run.check = check_all(run.survey, settings, console, more);
  Prospect all;
  for (std::size_t i = 0; i < run.check.accounts.size(); ++i) all += run.prospect(i);
  const int status = survey_status(run.check.is_whole, run.check.worst());
  if (options.plan.json) print_json_result(run, all, status);
  else print_text(run, all);
  return status;
}

}  // namespace

int run_dry_run(const MigrateOptions& options, const Wiring& wiring) {
  SurveyConsole console(options.plan.json ? SurveyConsole::Output::json : SurveyConsole::Output::text);
  const auto status = run_over(options, wiring, console);
  return status ? *status : Console(style_for(options.plan.json), {}).failure(status.error());
}

}  // namespace godwit::cli
