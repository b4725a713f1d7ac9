// SPDX-License-Identifier: Apache-2.0
#include "cli/check_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/day_budgets.h"
#include "inventory/same_mailbox.h"
#include "inventory/writer.h"

namespace godwit::cli {
namespace {

using inventory::AccountCheck;
using inventory::CheckReport;
using inventory::Finding;
using inventory::Severity;

bool may_pass(const std::optional<Error>& error) {
  return error && (reaction_to(error->kind) == Reaction::reconnect || reaction_to(error->kind) == Reaction::retry_later);
}

std::string text_of(const CheckReport& report) {
  const inventory::Tally& total = report.source.statistics.total();
  const std::string numbers = fmt::format("{} messages, {}", grouped(total.messages), format_bytes(total.bytes));
  const Severity worst = inventory::worst_of(report.findings);
  if (worst < Severity::warning) return numbers + "; can be moved";
  const auto others = std::ranges::count(report.findings, worst, &Finding::severity) - 1;  // the worst come first
  std::string text = fmt::format("{}: {}", worst == Severity::stop ? "CANNOT be moved like this" : "warning",
                                 printable(report.findings.front().what));
  if (others > 0) text += fmt::format(" (and {} more)", others);
  return numbers + "; " + text;
}

void tell(SurveyConsole& console, const std::string& name, const CheckReport& report) {
  if (console.is_json()) {
    console.account(name, inventory::to_json(report));
  } else {
    console.account(name, text_of(report), inventory::worst_of(report.findings) >= Severity::warning);
  }
}

// Of one account: whatever could be looked at is in `slot`, and the error says whether it is worth another try.
Task<Result<>> look_at(jobs::LookPlace place, inventory::CheckOptions options, std::optional<AccountCheck>& slot,
                       const MoreOfAccount& more) {
  options.inventory.account = place.job.name;
  options.inventory.rules = options.inventory.rules.for_account(place.job.name);
  GODWIT_CO_TRY(slot, co_await inventory::check_sides(place.source, place.target, options, progress_to(place)));
  for (const auto& error : {slot->source_error, slot->target_error}) {
    if (may_pass(error)) co_return std::unexpected(*error);
  }
  if (more && !slot->source_error) GODWIT_CO_CHECK(co_await more(place.index, *slot));
  co_return Result<>{};
}

// An error that is in no finding yet: a side that could not even be made, the ledger, a defect.
void note_other_error(std::optional<AccountCheck>& slot, const std::string& name, const Error& error) {
  if (slot && (slot->source_error || slot->target_error)) return;
  slot.emplace();
  slot->report.source.account = name;
  slot->source_error = error;
  slot->report.findings = {inventory::finding_of("source", error)};
}

void note_days(CheckReport& report, const std::optional<DayBudget>& budget) {
  auto finding = day_budget_finding(budget, report.source.statistics.total().bytes, std::chrono::system_clock::now());
  if (!finding) return;
  report.findings.push_back(*std::move(finding));
  inventory::sort_by_severity(report.findings);
}

// Elsewhere godwit numbers the messages itself, from 1 on: accounts that begin with the same welcome message would look like one.
bool has_marks_of_its_own(plan::System system) { return system == plan::System::imap; }

// The canonical-name rules say which names are one; nobody can be asked but the servers which of the others are, too.
void ask_about_same_mailboxes(const Survey& survey, std::vector<std::optional<AccountCheck>>& checks) {
  const auto& accounts = survey.organisation.accounts;
  for (const plan::Endpoint& source : survey.organisation.plan.sources) {
    if (!has_marks_of_its_own(source.system)) continue;
    std::vector<inventory::InboxMark> marks;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < checks.size(); ++i) {
      const bool is_asked = checks[i] && accounts[i].source == source.name && !source.names.is_distinct(accounts[i].source_user);
      if (!is_asked) continue;
      marks.push_back(checks[i]->report.source.inbox);
      places.push_back(i);
    }
    for (const auto& group : inventory::find_same_mailboxes(marks)) {
      for (const std::size_t one : group) {
        Finding finding{Severity::warning, "same_mailbox", "likely one mailbox with ", {}, 0, {}};
        for (const std::size_t other : group) {
          if (other != one) finding.examples.push_back(printable(survey.jobs[places[other]].name));
        }
        finding.what += fmt::format("{}: the INBOX of each has the same UIDVALIDITY and the same first messages",
                                    fmt::join(finding.examples, ", "));
        finding.advice = "It would be moved once for each name. If it is one mailbox, keep one line of the accounts file, and write the "
                         "other names as aliases in [source.names]; if not, write the names into distinct there.";
        CheckReport& report = checks[places[one]]->report;
        report.findings.push_back(std::move(finding));
        inventory::sort_by_severity(report.findings);
      }
    }
  }
}

std::string verdict_of(const inventory::OrganisationInventory& organisation) {
  std::map<Severity, std::size_t> counts;
  for (const inventory::PersonRow& person : organisation.people) ++counts[std::max(person.worst, Severity::note)];
  return fmt::format("{} of {} accounts can be moved as they are, {} with warnings, {} cannot be moved like this.\n",
                     grouped(counts[Severity::note]), grouped(organisation.people.size()), grouped(counts[Severity::warning]),
                     grouped(counts[Severity::stop]));
}

std::vector<CheckReport> reports_of(const PlanCheck& check) {
  std::vector<CheckReport> reports;
  for (const auto& account : check.accounts) {
    if (account) reports.push_back(account->report);
  }
  return reports;
}

void print(const InventoryOptions& options, const PlanCheck& check, int status) {
  if (options.plan.json) {
    nlohmann::json line = inventory::to_json(check.organisation);
    line["event"] = "check";
    line["accounts"] = check.organisation.people.size();
    line["worst"] = inventory::name_of(check.worst());
    line["exit_status"] = status;
    print_json(line);
  } else if (options.csv == "findings") {
    fmt::print("{}", inventory::findings_csv(reports_of(check)));
  } else if (options.csv == "folders") {
    fmt::print("{}", inventory::placements_csv(reports_of(check)));
  } else {
    const std::string causes = inventory::causes_text(check.organisation);
    fmt::print("\n{}{}{}\n{}", inventory::people_text(check.organisation), causes.empty() ? "" : "\nfindings by cause\n", causes,
               verdict_of(check.organisation));
  }
}

Result<int> check(const InventoryOptions& options, const Wiring& wiring, SurveyConsole& console) {
  const SurveyOptions survey_options{.plan = options.plan, .accounts_at_once = options.accounts_at_once, .threads = options.threads};
  GODWIT_TRY(const Survey survey, prepare_survey(survey_options, wiring));
  inventory::CheckOptions settings;
  GODWIT_TRY(settings.inventory.rules, sync::parse_rules(survey.organisation.plan.rules));
  settings.inventory.largest = options.largest;
  const PlanCheck checked = check_all(survey, settings, console);
  const int status = survey_status(checked.is_whole, checked.worst());
  print(options, checked, status);
  return status;
}

}  // namespace

Severity PlanCheck::worst() const {
  auto worst = Severity::ok;
  for (const inventory::PersonRow& person : organisation.people) worst = std::max(worst, person.worst);
  return worst;
}

PlanCheck check_all(const Survey& survey, const inventory::CheckOptions& options, SurveyConsole& console, const MoreOfAccount& more) {
  PlanCheck check;
  check.accounts.resize(survey.jobs.size());
  const auto look = [&](jobs::LookPlace place) {
    auto& slot = check.accounts[place.index];
    return look_at(std::move(place), options, slot, more);
  };
  const auto on_end = [&](std::size_t index, const Result<>& result) {
    auto& slot = check.accounts[index];
    if (!result) note_other_error(slot, survey.jobs[index].name, result.error());
    note_days(slot->report, day_budget_of(survey.organisation.plan, survey.organisation.accounts[index]));
    tell(console, survey.jobs[index].name, slot->report);
    slot->report.source.keywords.clear();  // of thousands of accounts they are too much to be kept
  };
  check.is_whole = run_looks(survey, look, on_end, console);
  ask_about_same_mailboxes(survey, check.accounts);
  for (std::size_t i = 0; i < check.accounts.size(); ++i) {
    const auto& account = check.accounts[i];
    if (!account) continue;
    check.organisation.add(account->report.source, account->report.findings);
    check.organisation.people.back().is_read = !account->source_error;
  }
  return check;
}

int run_check_of_plan(const InventoryOptions& options, const Wiring& wiring) {
  using Output = SurveyConsole::Output;
  SurveyConsole console(options.plan.json ? Output::json : options.csv.empty() ? Output::text : Output::table);
  const auto status = check(options, wiring, console);
  return status ? *status : Console(style_for(options.plan.json), {}).failure(status.error());
}

}  // namespace godwit::cli
