// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <vector>

#include "base/csv.h"
#include "base/text.h"
#include "inventory/writer.h"

namespace godwit::inventory {
namespace {

using Cells = std::vector<std::string>;

std::string number(std::uint64_t value) { return fmt::to_string(value); }
std::string yes(bool value) { return value ? "yes" : "no"; }

}  // namespace

std::string folders_csv(std::span<const AccountInventory> accounts) {
  std::string text = csv_row(Cells{"account", "folder", "special use", "owner", "messages", "bytes", "largest bytes", "deleted",
                                   "without date", "keywords", "left out", "container", "trouble"});
  for (const AccountInventory& account : accounts) {
    for (const FolderInventory& folder : account.folders) {
      text += csv_row(Cells{printable(account.account), folder.path.display(), std::string(endpoint::name_of(folder.role)),
                            std::string(endpoint::name_of(folder.owner)), number(folder.total.messages), number(folder.total.bytes),
                            number(folder.largest), number(folder.deleted.messages), number(folder.undated), number(folder.keywords),
                            number(folder.left_out), yes(folder.is_container), folder.trouble ? describe(*folder.trouble) : ""});
    }
  }
  return text;
}

std::string people_csv(const OrganisationInventory& inventory) {
  std::string text = csv_row(Cells{"account", "server", "folders", "folders not read", "messages", "bytes", "largest bytes",
                                   "quota used bytes", "quota limit bytes", "warnings", "stops", "worst"});
  for (const PersonRow& person : inventory.people) {
    text += csv_row(Cells{printable(person.account), printable(person.software), number(person.folders), number(person.folders_not_read),
                          number(person.total.messages), number(person.total.bytes), number(person.largest), number(person.quota_used),
                          number(person.quota_limit), number(person.warnings), number(person.stops), std::string(name_of(person.worst))});
  }
  return text;
}

std::string findings_csv(std::span<const CheckReport> reports) {
  std::string text = csv_row(Cells{"source", "target", "severity", "code", "what", "count", "examples", "advice"});
  for (const CheckReport& report : reports) {
    for (const Finding& finding : report.findings) {
      text += csv_row(Cells{printable(report.source.account), printable(report.target.account), std::string(name_of(finding.severity)),
                            finding.code, printable(finding.what), number(finding.count),
                            fmt::format("{}", fmt::join(finding.examples, " | ")), finding.advice});
    }
  }
  return text;
}

std::string placements_csv(std::span<const CheckReport> reports) {
  std::string text = csv_row(Cells{"source", "target", "folder", "folder on the target", "why", "altered", "exists"});
  for (const CheckReport& report : reports) {
    for (const Placement& placement : report.placements) {
      text += csv_row(Cells{printable(report.source.account), printable(report.target.account), placement.source.display(),
                            printable(placement.target_name), std::string(name_of(placement.why)), yes(placement.is_altered),
                            yes(placement.exists)});
    }
  }
  return text;
}

}  // namespace godwit::inventory
