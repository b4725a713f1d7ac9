// SPDX-License-Identifier: Apache-2.0
#include "cli/inventory.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/check_plan.h"
#include "cli/collections.h"
#include "cli/console.h"
#include "cli/filters.h"
#include "cli/inventory_plan.h"
#include "cli/long_run.h"
#include "cli/rule_options.h"
#include "inventory/writer.h"

namespace godwit::cli {
namespace {

constexpr const char* statuses =
    "Nothing is changed on any server, and no message is read. Rules leave out what godwit copy would leave out by them.\n"
    "Exit status: 0 nothing to see to, 1 there are warnings, or an account cannot be read or moved like this, 5 stopped; else as of\n"
    "godwit copy.";
const std::set<std::string> of_both{"--help", "--json", "--csv", "--largest"};

void add_common_options(CLI::App& command, InventoryOptions& options, const std::set<std::string>& tables) {
  command.add_flag("--plain-ok", options.plain_ok, "Send everything unencrypted on imap://");
  command.add_option("--largest", options.largest, "How many of the largest messages are named")
      ->check(CLI::Range(std::size_t{0}, std::size_t{10'000}))
      ->capture_default_str();
  add_plan_options(command, options.plan, true);
  command.add_option("--at-once", options.accounts_at_once, "Accounts of the plan at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "Threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  command.add_option("--csv", options.csv, "Print a table for spreadsheets")
      ->check(CLI::IsMember(tables))
      ->excludes(command.get_option("--json"));
  add_rule_options(command, options.rules);
}

// What the plan says is not said on the command line, and the other way round.
void keep_apart(CLI::App& command, CLI::Option* url) {
  const std::set<std::string> of_plan{"--plan", "--account", "--wave", "--at-once", "--threads"};
  for (CLI::Option* const option : command.get_options([&](const CLI::Option* one) { return one->nonpositional(); })) {
    const std::string name = option->get_name();
    if (of_plan.contains(name)) option->excludes(url);
    else if (!of_both.contains(name)) option->needs(url);
  }
}

// A table alone must be what is printed.
Console::Style style_of(const InventoryOptions& options) {
  return options.csv.empty() ? style_for(options.plan.json) : Console::Style::lines;
}

Result<inventory::InventoryOptions> settings_of(const InventoryOptions& options) {
  inventory::InventoryOptions settings;
  GODWIT_TRY(settings.rules, sync::parse_rules(options.rules));
  settings.largest = options.largest;
  return settings;
}

// Runs what gives a T while the console shows how far it is.
template <class T, class Start>
Result<T> run_shown(Console& console, Start start) {
  std::atomic<bool> stop{false};
  sync::Progress shown;
  Result<T> result = fail(ErrorKind::bug, "nothing was run");
  const inventory::OnProgress on_progress = [&](const inventory::InventoryProgress& progress) {
    shown.phase = sync::Progress::Phase::folders;
    shown.folders = progress.folders;
    shown.folders_done = progress.folders_done;
    shown.messages = progress.messages;
    shown.messages_done = progress.messages_done;
    shown.bytes_done = progress.bytes_done;
    shown.folder = progress.folder;
    return !stop;
  };
  const auto run = [&]() -> Task<> { result = co_await start(on_progress); };
  run_long(run(), [&] { console.progress(shown); }, [&] { console.stopping(stop); });
  return result;
}

void print_text(Console& console, const inventory::Tally& total, const std::string& text) {
  console.event({sync::Event::Kind::step, fmt::format("read: {} messages", total.messages)});  // takes the bar's place
  fmt::print("\n{}", text);
}

Result<int> take(const InventoryOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto settings, settings_of(options));
  GODWIT_TRY(const auto source, open_source(options.source, wiring, options.plain_ok));
  Console console(style_of(options), source->identity());
  const auto start = [&](const inventory::OnProgress& on_progress) { return inventory::take_inventory(*source, settings, on_progress); };
  const auto taken = run_shown<inventory::AccountInventory>(console, start);
  if (!taken) return console.failure(taken.error());
  const int status = inventory::exit_status_of(taken->findings);
  if (options.plan.json) {
    nlohmann::json line = inventory::to_json(*taken);
    line["event"] = "inventory";
    line["exit_status"] = status;
    print_json(line);
  } else if (options.csv == "folders") {
    fmt::print("{}", inventory::folders_csv({&*taken, 1}));
  } else if (options.csv == "people") {
    inventory::OrganisationInventory organisation;
    organisation.add(*taken);
    fmt::print("{}", inventory::people_csv(organisation));
  } else {
    print_text(console, taken->statistics.total(), inventory::to_text(*taken));
  }
  return status;
}

Result<int> check(const InventoryOptions& options, const Wiring& wiring) {
  inventory::CheckOptions settings;
  GODWIT_TRY(settings.inventory, settings_of(options));
  GODWIT_TRY(const auto source, open_source(options.source, wiring, options.plain_ok));
  GODWIT_TRY(const auto target, open_target(options.target, wiring, options.plain_ok));
  Console console(style_of(options), source->identity());
  const auto start = [&](const inventory::OnProgress& on_progress) {
    return inventory::check_account(*source, *target, settings, on_progress);
  };
  const auto report = run_shown<inventory::CheckReport>(console, start);
  if (!report) return console.failure(report.error());
  const int status = inventory::exit_status_of(report->findings);
  if (options.plan.json) {
    nlohmann::json line = inventory::to_json(*report);
    line["event"] = "check";
    line["exit_status"] = status;
    print_json(line);
  } else if (options.csv == "findings") {
    fmt::print("{}", inventory::findings_csv({&*report, 1}));
  } else if (options.csv == "folders") {
    fmt::print("{}", inventory::placements_csv({&*report, 1}));
  } else {
    print_text(console, report->source.statistics.total(), inventory::to_text(*report));
  }
  return status;
}

}  // namespace

CLI::App& add_inventory_command(CLI::App& program, InventoryOptions& options) {
  CLI::App& command = *program.add_subcommand("inventory", "Tell what an account holds, and what of it is unusual");
  CLI::Option* const url = command.add_option(
      "url", options.source.url,
      "One account alone: imap://user@host:port or imaps://user@host:port, or davs://user@host for calendars and contacts, sieve://user@host for filters; without it all "
      "accounts of the plan");
  add_account_options(command, "source", options.source);
  add_common_options(command, options, {"folders", "people"});
  keep_apart(command, url);
  command.footer(fmt::format("{}\n\nExamples:\n"
                             "  godwit inventory                        all accounts of ./godwit.toml\n"
                             "  godwit inventory --csv people > people.csv\n"
                             "  godwit inventory imaps://alice@example.com@old.example.com:993",
                             statuses));
  return command;
}

CLI::App& add_check_command(CLI::App& program, InventoryOptions& options) {
  CLI::App& command = *program.add_subcommand("check", "Tell whether an account can be moved, and what will become of its folders");
  CLI::Option* const source = command.add_option(
      "source_url", options.source.url,
      "One account alone, the old one: imap://user@host:port or imaps://user@host:port; without it all accounts of the plan");
  CLI::Option* const target = command.add_option("target_url", options.target.url, "The new account, in the same form");
  source->needs(target);
  add_account_options(command, "source", options.source);
  add_account_options(command, "target", options.target);
  add_common_options(command, options, {"findings", "folders"});
  keep_apart(command, source);
  command.footer(fmt::format("{}\n\nExamples:\n"
                             "  godwit check                            all accounts of ./godwit.toml\n"
                             "  godwit check --wave pilot --csv findings > findings.csv\n"
                             "  godwit check imaps://alice@example.com@old.example.com imaps://alice@example.com@new.example.com",
                             statuses));
  return command;
}

int run_inventory(const InventoryOptions& options, const Wiring& wiring) {
  if (options.source.url.empty()) return run_inventory_of_plan(options, wiring);
  if (wiring.has_collections(options.source.url)) return run_inventory_of_collections(options.source, options.plain_ok, options.plan.json, wiring);
  const auto status = take(options, wiring);
  if (!status) return Console(style_of(options), {}).failure(status.error());
  return *status;
}

int run_check(const InventoryOptions& options, const Wiring& wiring) {
  if (options.source.url.empty()) return run_check_of_plan(options, wiring);
  if (wiring.has_collections(options.source.url)) return run_check_of_filters(options, wiring);
  const auto status = check(options, wiring);
  if (!status) return Console(style_of(options), {}).failure(status.error());
  return *status;
}

}  // namespace godwit::cli
