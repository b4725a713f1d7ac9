// SPDX-License-Identifier: Apache-2.0
#include "inventory/organisation.h"

#include <algorithm>

namespace godwit::inventory {
namespace {

PersonRow row_of(const AccountInventory& account) {
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
  row.warnings = static_cast<std::uint64_t>(std::ranges::count(account.findings, Severity::warning, &Finding::severity));
  row.stops = static_cast<std::uint64_t>(std::ranges::count(account.findings, Severity::stop, &Finding::severity));
  row.worst = worst_of(account.findings);
  return row;
}

}  // namespace

void OrganisationInventory::add(const AccountInventory& account) {
  people.push_back(row_of(account));
  statistics.merge(account.statistics);
  for (const Finding& finding : account.findings) {
    FindingTotal& total = findings[finding.code];
    total.worst = std::max(total.worst, finding.severity);
    ++total.accounts;
    total.count += finding.count;
    total.advice = finding.advice;
  }
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
  }
}

}  // namespace godwit::inventory
