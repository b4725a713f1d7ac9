// SPDX-License-Identifier: Apache-2.0
#include "cli/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/collections.h"
#include "cli/console.h"
#include "cli/long_run.h"
#include "inventory/finding.h"
#include "sync/rules.h"

namespace godwit::cli {
namespace {

using inventory::Finding;
using inventory::Severity;

constexpr std::string_view extension_prefix = "SIEVE=";

FilterReport report_of(const endpoint::Resource& resource, const Result<endpoint::ResourceContent>& content) {
  FilterReport report{.name = resource.name, .is_active = resource.is_active, .size = resource.size};
  if (!content) {
    report.error = content.error();
    return report;
  }
  auto summary = sieve::summarize(content->bytes);
  if (summary) report.summary = *std::move(summary);
  else report.error = std::move(summary).error();
  return report;
}

std::vector<std::string> extensions_of(const endpoint::ServerFacts& facts) {
  std::vector<std::string> extensions;
  for (const std::string& each : facts.capabilities) {
    if (each.starts_with(extension_prefix)) extensions.push_back(each.substr(extension_prefix.size()));
  }
  return extensions;
}

// As scripts write folders: "Lists/godwit", "INBOX.Lists.godwit".
endpoint::FolderPath path_of(std::string_view name) {
  const char separator = name.contains('/') ? '/' : '.';
  endpoint::FolderPath path;
  while (!name.empty()) {
    const std::string_view segment = name.substr(0, name.find(separator));
    path.segments.emplace_back(segment);
    name.remove_prefix(std::min(segment.size() + 1, name.size()));
  }
  if (path.segments.size() > 1 && equals_ignoring_case(path.segments.front(), "INBOX")) path.segments.erase(path.segments.begin());
  return path;
}

std::vector<std::string> moved_folders(const sieve::Summary& summary, const sync::Rules& rules) {
  std::vector<std::string> moved;
  for (const sieve::FolderUse& each : summary.folders) {
    const endpoint::FolderPath path = path_of(each.name), target = rules.target_path(path);
    if (!each.is_computed && target != path) moved.push_back(fmt::format("{}, which becomes {}", printable(each.name), target.display()));
  }
  return moved;
}

Finding finding_of(Severity severity, const char* code, const FilterReport& filter, std::string_view what, std::string advice,
                   std::vector<std::string> examples) {
  Finding finding{severity, code, fmt::format("script {}: {}", printable(filter.name), what), std::move(advice), examples.size(), {}};
  if (examples.size() > inventory::most_examples) examples.resize(inventory::most_examples);
  finding.examples = std::move(examples);
  return finding;
}

void judge(const FilterReport& filter, std::span<const std::string> announced, const sync::Rules& rules, std::vector<Finding>& findings) {
  if (filter.error) {
    findings.push_back(finding_of(Severity::warning, "filter_unreadable", filter, describe(*filter.error),
                                  "Look at it; it is offered to the target as it is.", {}));
    return;
  }
  if (auto missing = sieve::missing_extensions(filter.summary, announced); !missing.empty()) {
    const std::string names = printable(fmt::format("{}", fmt::join(missing, ", ")));
    findings.push_back(finding_of(Severity::warning, "filter_extensions", filter, fmt::format("it requires {}, which the target lacks", names),
                                  "It will not be moved. Enable them on the target (sieve_extensions), or rewrite the script.",
                                  std::move(missing)));
  }
  if (auto moved = moved_folders(filter.summary, rules); !moved.empty()) {
    const std::string what = fmt::format("it files into folders that the rules rename: {}", fmt::join(moved, "; "));
    findings.push_back(finding_of(Severity::warning, "filter_folders", filter, what,
                                  "The script is moved as it is. Write the new names into it on the target.", std::move(moved)));
  }
  if (!filter.summary.programs.empty()) {
    findings.push_back(finding_of(Severity::warning, "filter_programs", filter, "it runs programs of the server",
                                  "Install them on the target.", filter.summary.programs));
  }
  if (auto sentences = sieve::sentences_of(filter.summary); filter.is_active && !sentences.empty()) {
    const std::string what = fmt::format("{}", fmt::join(sentences, "; "));
    findings.push_back(finding_of(Severity::note, "filter_effects", filter, what, {}, std::move(sentences)));
  }
}

// What is to be looked at on both sides.
struct Compared {
  std::vector<FilterReport> filters;
  std::vector<std::string> announced;
  std::vector<std::string> there;  // names of scripts of the target
  std::string server;
};

Task<Result<Compared>> compare(endpoint::CollectionSource& source, endpoint::CollectionTarget& target) {
  Compared compared;
  GODWIT_CO_TRY(const auto from, co_await source.connect());
  if (!from->traits().kinds.contains(CollectionKind::filters)) {
    co_return fail(codes::options_do_not_fit, "only mail and filters can be checked; godwit inventory shows calendars and address books");
  }
  GODWIT_CO_TRY(const auto all, co_await from->collections());
  for (const endpoint::Collection& each : all) {
    if (each.kind != CollectionKind::filters) continue;
    GODWIT_CO_TRY(compared.filters, co_await read_filters(*from, each));
  }
  GODWIT_CO_TRY(const auto to, co_await target.connect());
  GODWIT_CO_TRY(const auto facts, co_await to->facts());
  GODWIT_CO_TRY(const auto own, co_await to->collections());
  for (const endpoint::Collection& each : own) {
    GODWIT_CO_TRY(const auto changes, co_await to->changes(each, {}));
    for (const endpoint::Resource& script : changes.present) compared.there.push_back(script.name);
  }
  compared.announced = extensions_of(facts);
  compared.server = to->traits().server;
  co_return compared;
}

std::vector<Finding> findings_of(const Compared& compared, const sync::Rules& rules) {
  std::vector<Finding> findings;
  for (const FilterReport& filter : compared.filters) {
    judge(filter, compared.announced, rules, findings);
    if (std::ranges::find(compared.there, filter.name) == compared.there.end()) continue;
    findings.push_back(finding_of(Severity::note, "filter_there", filter, "the target has a script of that name",
                                  "Where it is another one, it stays.", {}));
  }
  inventory::sort_by_severity(findings);
  return findings;
}

int print_check(bool as_json, const std::string& account, const Compared& compared, std::span<const Finding> findings) {
  const int status = inventory::exit_status_of(findings);
  if (as_json) {
    nlohmann::json line{{"event", "check"}, {"account", account}, {"target", compared.server}, {"exit_status", status},
                        {"filters", to_json(compared.filters)}};
    line["findings"] = nlohmann::json::array();
    for (const Finding& each : findings) {
      line["findings"].push_back({{"severity", name_of(each.severity)}, {"code", each.code}, {"what", each.what}, {"advice", each.advice},
                                  {"examples", each.examples}});
    }
    print_json(line);
    return status;
  }
  fmt::print("{}: {} scripts, to {}\n", printable(account), compared.filters.size(), compared.server);
  for (const Finding& each : findings) {
    fmt::print("  {:<8} {}{}{}\n", name_of(each.severity), each.what, each.advice.empty() ? "" : ". ", each.advice);
  }
  return status;
}

Result<int> check(const InventoryOptions& options, const Wiring& wiring) {
  if (!wiring.has_collections(options.target.url)) {
    return fail(codes::options_do_not_fit, printable(options.target.url) + " is no account of filters: give a sieve:// account as the target");
  }
  GODWIT_TRY(const auto rules, sync::parse_rules(options.rules));
  GODWIT_TRY(const auto source, open_collection_source(options.source, wiring, options.plain_ok));
  GODWIT_TRY(const auto target, open_collection_target(options.target, wiring, options.plain_ok));
  Result<Compared> compared = fail(codes::stopped, "stopped by order");
  const auto run = [&]() -> Task<> { compared = co_await compare(*source, *target); };
  run_long(run(), [] {}, [] {});
  if (!compared) return Console(style_for(options.plan.json), source->identity()).failure(compared.error());
  return print_check(options.plan.json, source->identity(), *compared, findings_of(*compared, rules));
}

}  // namespace

Task<Result<std::vector<FilterReport>>> read_filters(endpoint::CollectionSession& session, const endpoint::Collection& collection) {
  GODWIT_CO_TRY(const auto changes, co_await session.changes(collection, {}));
  std::vector<std::string> names;
  for (const endpoint::Resource& each : changes.present) names.push_back(each.name);
  GODWIT_CO_TRY(const auto contents, co_await session.fetch(collection, names));
  std::vector<FilterReport> reports;
  for (std::size_t i = 0; i < names.size(); ++i) reports.push_back(report_of(changes.present[i], contents[i]));
  co_return reports;
}

std::string to_text(std::span<const FilterReport> filters) {
  std::string text;
  for (const FilterReport& each : filters) {
    text += fmt::format("    {}{}\n", printable(each.name), each.is_active ? " (active)" : "");
    if (each.error) text += fmt::format("      {}\n", describe(*each.error));
    for (const std::string& sentence : sieve::sentences_of(each.summary)) text += fmt::format("      {}\n", sentence);
    const std::string needs = fmt::format("{}", fmt::join(each.summary.needs, ", "));
    if (!needs.empty()) text += fmt::format("      needs {}\n", printable(needs));
  }
  return text;
}

nlohmann::json to_json(std::span<const FilterReport> filters) {
  nlohmann::json lines = nlohmann::json::array();
  for (const FilterReport& each : filters) {
    nlohmann::json line{{"name", printable(each.name)}, {"active", each.is_active}, {"bytes", each.size},
                        {"does", sieve::sentences_of(each.summary)}, {"needs", nlohmann::json::array()}, {"forwards_to", nlohmann::json::array()}};
    for (const std::string& need : each.summary.needs) line["needs"].push_back(printable(need));
    for (const sieve::Forward& forward : each.summary.forwards) line["forwards_to"].push_back(printable(forward.address));
    line["answers"] = !each.summary.vacations.empty();
    if (each.error) line["error"] = cli::to_json(*each.error);
    lines.push_back(std::move(line));
  }
  return lines;
}

int run_check_of_filters(const InventoryOptions& options, const Wiring& wiring) {
  const auto status = check(options, wiring);
  if (!status) return Console(style_for(options.plan.json), {}).failure(status.error());
  return *status;
}

}  // namespace godwit::cli
