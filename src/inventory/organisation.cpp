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

void add_told(FindingTotal& total, std::span<const FindingTotal::Told> more) {
  for (const FindingTotal::Told& told : more) {
    if (total.told.size() < most_told) total.told.push_back(told);
  }
}

}  // namespace

void OrganisationInventory::add(const AccountInventory& account, std::span<const Finding> of_account) {
  people.push_back(row_of(account, of_account));
  statistics.merge(account.statistics);
  for (const Finding& finding : of_account) {
    FindingTotal& total = findings[finding.code];
    total.worst = std::max(total.worst, finding.severity);
    ++total.accounts;
    total.count += finding.count;
    total.advice = finding.advice;
    const FindingTotal::Told told{account.account, finding.what};
    if (finding.severity >= Severity::warning) add_told(total, {&told, 1});
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
    FindingTotal& total = findings[code];
    total.worst = std::max(total.worst, more.worst);
    total.accounts += more.accounts;
    total.count += more.count;
    total.advice = more.advice;
    add_told(total, more.told);
  }
}

}  // namespace godwit::inventory
