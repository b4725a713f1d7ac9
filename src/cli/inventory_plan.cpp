// SPDX-License-Identifier: Apache-2.0
#include "cli/inventory_plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "cli/survey.h"
#include "inventory/check.h"
#include "inventory/writer.h"

namespace godwit::cli {
namespace {

using inventory::AccountInventory;
using inventory::Finding;
using inventory::OrganisationInventory;

// What became of one account; neither of the two: its turn did not come.
struct Taken {
  std::optional<AccountInventory> inventory;
  std::optional<Finding> unread;
};

std::string text_of(const AccountInventory& inventory) {
  const inventory::Tally& total = inventory.statistics.total();
  return fmt::format("{} messages, {}, {} folders; {}", grouped(total.messages), format_bytes(total.bytes),
                     grouped(inventory.folders.size()), inventory::name_of(inventory::worst_of(inventory.findings)));
}

void tell(SurveyConsole& console, const std::string& name, const Taken& taken, const Result<>& result) {
  if (console.is_json()) {
    console.account(name, taken.inventory ? inventory::to_json(*taken.inventory) : nlohmann::json{{"error", to_json(result.error())}});
  } else if (taken.inventory) {
    console.account(name, text_of(*taken.inventory), false);
  } else {
    console.account(name, "NOT READ: " + describe(result.error()), true);
  }
}

OrganisationInventory sum_of(const Survey& survey, const std::vector<Taken>& all) {
  OrganisationInventory organisation;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].inventory) organisation.add(*all[i].inventory);
    if (all[i].unread) organisation.add_unread(survey.jobs[i].name, *all[i].unread);
  }
  return organisation;
}

inventory::Severity worst_of(const OrganisationInventory& organisation) {
  auto worst = inventory::Severity::ok;
  for (const inventory::PersonRow& person : organisation.people) worst = std::max(worst, person.worst);
  return worst;
}

void print(const InventoryOptions& options, const std::vector<Taken>& all, const OrganisationInventory& organisation, int status) {
  if (options.plan.json) {
    nlohmann::json line = inventory::to_json(organisation);
    line["event"] = "inventory";
    line["accounts"] = organisation.people.size();
    line["exit_status"] = status;
    print_json(line);
  } else if (options.csv == "people") {
    fmt::print("{}", inventory::people_csv(organisation));
  } else if (options.csv == "folders") {
    std::vector<AccountInventory> read;
    for (const Taken& taken : all) {
      if (taken.inventory) read.push_back(*taken.inventory);
    }
    fmt::print("{}", inventory::folders_csv(read));
  } else {
    fmt::print("\n{}", inventory::to_text(organisation));
  }
}

Result<int> take(const InventoryOptions& options, const Wiring& wiring, SurveyConsole& console) {
  SurveyOptions survey_options{.plan = options.plan, .accounts_at_once = options.accounts_at_once, .threads = options.threads};
  survey_options.opens_target = false;
  GODWIT_TRY(const Survey survey, prepare_survey(survey_options, wiring));
  inventory::InventoryOptions settings;
  GODWIT_TRY(settings.rules, sync::parse_rules(survey.organisation.plan.rules));
  settings.largest = options.largest;
  std::vector<Taken> all(survey.jobs.size());
  const auto look = [&](jobs::LookPlace place) -> Task<Result<>> {
    inventory::InventoryOptions own = settings;
    own.account = place.job.name;
    own.rules = own.rules.for_account(own.account);
    GODWIT_CO_TRY(all[place.index].inventory, co_await inventory::take_inventory(place.source, own, progress_to(place)));
    co_return Result<>{};
  };
  const auto on_end = [&](std::size_t index, const Result<>& result) {
    Taken& taken = all[index];
    if (!result) taken.unread = inventory::finding_of("source", result.error());
    tell(console, survey.jobs[index].name, taken, result);
    if (taken.inventory) taken.inventory->keywords.clear();  // of thousands of accounts they are too much to be kept
  };
  const bool is_whole = run_looks(survey, look, on_end, console);
  const OrganisationInventory organisation = sum_of(survey, all);
  const int status = survey_status(is_whole, worst_of(organisation));
  print(options, all, organisation, status);
  return status;
}

}  // namespace

int run_inventory_of_plan(const InventoryOptions& options, const Wiring& wiring) {
  using Output = SurveyConsole::Output;
  SurveyConsole console(options.plan.json ? Output::json : options.csv.empty() ? Output::text : Output::table);
  const auto status = take(options, wiring, console);
  return status ? *status : Console(style_for(options.plan.json), {}).failure(status.error());
}

}  // namespace godwit::cli
