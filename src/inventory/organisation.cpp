// SPDX-License-Identifier: Apache-2.0
#include "inventory/organisation.h"

#include <algorithm>

namespace godwit::inventory {
namespace {

PersonRow row_of(const AccountInventory& account, std::span<const Finding> findings) {
  PersonRow row;
  row.account = account.account;
  row.software = account.server.software + (account.server.version.empty() ? "" : " " + account.server.version);
  row.folders = account.folders.size();
  row.total = account.statistics.total();
  for (const FolderInventory& folder : account.folders) {
    row.largest = std::max(row.largest, folder.largest);
    if (folder.trouble) ++row.folders_not_read;
  }
  const auto quota = std::ranges::find_if(account.server.quotas, [](const endpoint::Quota& one) { return one.storage.has_value(); });
  if (quota != account.server.quotas.end()) {
    row.quota_used = quota->storage->used;
    row.quota_limit = quota->storage->limit;
  }
  row.warnings = static_cast<std::uint64_t>(std::ranges::count(findings, Severity::warning, &Finding::severity));
  row.stops = static_cast<std::uint64_t>(std::ranges::count(findings, Severity::stop, &Finding::severity));
  row.worst = worst_of(findings);
  return row;
}

// What is as it should be in one account counts nothing where it is not in another, and the worst one's advice stands for all.
void add_total(FindingTotal& total, const FindingTotal& more) {
  if (more.worst == Severity::ok && total.worst > Severity::ok) return;
  if (total.worst == Severity::ok && more.worst > Severity::ok) total = {};
  if (more.worst > total.worst || total.advice.empty()) total.advice = more.advice;
  total.worst = std::max(total.worst, more.worst);
  total.accounts += more.accounts;
  total.count += more.count;
  for (const FindingTotal::Told& told : more.told) {
    if (total.told.size() < most_told) total.told.push_back(told);
  }
}

}  // namespace

void OrganisationInventory::add(const AccountInventory& account, std::span<const Finding> of_account) {
  people.push_back(row_of(account, of_account));
  statistics.merge(account.statistics);
  for (const Finding& finding : of_account) {
    FindingTotal one{.worst = finding.severity, .accounts = 1, .count = finding.count, .advice = finding.advice, .told = {}};
    if (finding.severity >= Severity::warning) one.told.push_back({account.account, finding.what});
    add_total(findings[finding.code], one);
  }
}

void OrganisationInventory::add_unread(const std::string& account, const Finding& why) {
  AccountInventory nothing;
  nothing.account = account;
  add(nothing, {&why, 1});
  people.back().is_read = false;
}

void OrganisationInventory::merge(const OrganisationInventory& other) {
  people.insert(people.end(), other.people.begin(), other.people.end());
  statistics.merge(other.statistics);
  for (const auto& [code, more] : other.findings) {
    add_total(findings[code], more);
  }
}

}  // namespace godwit::inventory
