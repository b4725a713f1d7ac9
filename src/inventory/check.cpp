// SPDX-License-Identifier: Apache-2.0
#include "inventory/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error_code.h"

namespace godwit::inventory {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using Why = Placement::Why;

std::vector<Folder> folders_of(const AccountInventory& inventory) {
  std::vector<Folder> folders;
  for (const FolderInventory& row : inventory.folders) {
    Folder folder;
    folder.name = row.name;
    folder.path = row.path;
    folder.role = row.role;
    folder.selectable = !row.is_container;
    folders.push_back(std::move(folder));
  }
  return folders;
}

// Whatever a target puts around and between the levels: each must stand in the name as it is.
bool is_altered(const FolderPath& path, std::string_view name) {
  std::size_t place = 0;
  for (const std::string& segment : path.segments) {
    const std::size_t found = name.find(segment, place);
    if (segment.empty() || (found == std::string_view::npos && segment != "INBOX")) return true;
    if (found != std::string_view::npos) place = found + segment.size();
  }
  return false;
}

// "Sent (2)" for "Sent".
bool is_numbered(const std::string& name, const std::string& wanted) {
  return name.size() > wanted.size() && name.starts_with(wanted + " (") && name.ends_with(')');
}

Why why_there(const sync::FolderPair& pair, const sync::Rules& rules) {
  const FolderPath& source = pair.source.path;
  const FolderPath& place = pair.to_make.path;
  const FolderPath wanted = rules.target_path(source);
  if (place == wanted) return place == source ? Why::same : Why::rule;
  return is_numbered(place.segments.back(), wanted.segments.back()) ? Why::numbered : Why::special_use;
}

// Opened as well: some servers take any login and refuse what comes after it.
Task<Result<TargetState>> look_at(endpoint::TargetSession& session, std::string account) {
  TargetState state;
  state.account = std::move(account);
  GODWIT_CO_TRY(state.server, co_await session.facts());
  GODWIT_CO_TRY(state.folders, co_await session.folders());
  state.traits = session.traits();
  Folder inbox;
  inbox.path = {{"INBOX"}};
  inbox.name = session.name_for(inbox.path);
  for (const Folder& folder : state.folders) {
    state.messages += folder.state.messages;
    if (folder.path.is_inbox()) inbox = folder;
  }
  const auto opened = co_await session.open(inbox)->state();
  if (opened) co_return state;
  if (reaction_to(opened.error().kind) != Reaction::skip_item) co_return std::unexpected(opened.error());
  state.inbox_error = opened.error();
  co_return state;
}

struct OpenTarget {
  std::unique_ptr<endpoint::TargetSession> session;
  TargetState state;
};
Task<Result<OpenTarget>> open_target(endpoint::Target& target) {
  OpenTarget opened;
  GODWIT_CO_TRY(opened.session, co_await target.connect());
  GODWIT_CO_TRY(opened.state, co_await look_at(*opened.session, target.identity()));
  co_return opened;
}

// Both sides are known.
void complete(CheckReport& report, endpoint::TargetSession& session, const CheckOptions& options) {
  // The names are known by now, even where the target has ended a session that did nothing for so long.
  const auto name_for = [&session](const FolderPath& path) { return session.name_for(path); };
  report.placements = place_folders(report.source, report.target.folders, name_for, options.inventory.rules,
                                    sync::case_rule_of(report.target.traits));
  session.close();
  report.findings = judge(report.source, report.target, report.placements, options);
  std::ranges::copy(report.source.findings, std::back_inserter(report.findings));
  sort_by_severity(report.findings);
}

// One side, or none, is known: whatever can be said of it alone.
void complete_one_sided(AccountCheck& check, const CheckOptions& options) {
  CheckReport& report = check.report;
  if (check.source_error) {
    report.source.account = options.inventory.account;
    report.findings.push_back(finding_of("source", *check.source_error));
  }
  if (check.target_error) {
    report.findings.push_back(finding_of("target", *check.target_error));
  } else {
    const auto is_of_the_target = [](const Finding& finding) { return finding.code.starts_with("target_"); };
    std::ranges::copy_if(judge({}, report.target, {}, options), std::back_inserter(report.findings), is_of_the_target);
  }
  std::ranges::copy(report.source.findings, std::back_inserter(report.findings));
  sort_by_severity(report.findings);
}

}  // namespace

std::string_view name_of(Why why) {
  switch (why) {
    case Why::same: return "same";
    case Why::special_use: return "special use";
    case Why::rule: return "rule";
    case Why::numbered: return "numbered";
  }
  return "";
}

std::vector<Placement> place_folders(const AccountInventory& source, std::span<const Folder> target,
                                     const std::function<std::string(const FolderPath&)>& name_for, const sync::Rules& rules,
                                     sync::CaseRule case_rule) {
  std::vector<Placement> placements;
  for (const sync::FolderPair& pair : sync::map_folders(folders_of(source), target, name_for, {}, rules, case_rule)) {
    Placement placement;
    placement.source = pair.source.path;
    placement.target = pair.to_make.path;
    placement.target_name = pair.target ? pair.target->name : name_for(pair.to_make.path);
    placement.why = why_there(pair, rules);
    placement.is_altered = is_altered(placement.target, placement.target_name);
    placement.exists = pair.target.has_value();
    placements.push_back(std::move(placement));
  }
  std::ranges::sort(placements, [](const Placement& left, const Placement& right) {
    return sync::goes_before(left.source, right.source);
  });
  return placements;
}

Task<Result<CheckReport>> check_account(endpoint::Source& source, endpoint::Target& target, CheckOptions options,
                                        OnProgress on_progress) {
  GODWIT_CO_TRY(OpenTarget opened, co_await open_target(target));
  CheckReport report{.source = {}, .target = std::move(opened.state), .placements = {}, .findings = {}};
  if (const auto& limit = report.target.server.append_limit) options.inventory.size_limits.push_back(*limit);
  GODWIT_CO_TRY(report.source, co_await take_inventory(source, options.inventory, std::move(on_progress)));
  complete(report, *opened.session, options);
  co_return report;
}

Finding finding_of(std::string_view side, const Error& error) {
  const bool is_login = error.kind == ErrorKind::auth;
  Finding finding{Severity::stop, fmt::format("{}_{}", side, is_login ? "login" : "not_usable"), {}, {}, 0, {}};
  finding.what = fmt::format("{} {}: {}", is_login ? "no login on the" : "the account cannot be looked at on the", side, describe(error));
  const auto known = std::ranges::find(error_code_table(), code_of(error), [](const ErrorCodeEntry& entry) { return entry.code.number; });
  if (known != error_code_table().end()) finding.advice = known->advice;
  return finding;
}

Task<Result<AccountCheck>> check_sides(endpoint::Source& source, endpoint::Target& target, CheckOptions options, OnProgress on_progress) {
  AccountCheck check;
  CheckReport& report = check.report;
  auto opened = co_await open_target(target);
  if (opened) report.target = std::move(opened->state);
  else check.target_error = opened.error();
  if (const auto& limit = report.target.server.append_limit) options.inventory.size_limits.push_back(*limit);
  auto taken = co_await take_inventory(source, options.inventory, std::move(on_progress));
  if (taken) report.source = *std::move(taken);
  else check.source_error = taken.error();
  for (const auto& error : {check.source_error, check.target_error}) {
    if (error && error->kind == ErrorKind::canceled) co_return std::unexpected(*error);
  }
  if (opened && taken) complete(report, *opened->session, options);
  else complete_one_sided(check, options);
  co_return check;
}

}  // namespace godwit::inventory
