// SPDX-License-Identifier: Apache-2.0
#include "inventory/finding.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace godwit::inventory {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::stop: return "stop";
  }
  return "";
}

Severity worst_of(std::span<const Finding> findings) {
  Severity worst = Severity::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

int exit_status_of(std::span<const Finding> findings) { return worst_of(findings) > Severity::note ? 1 : 0; }

void sort_by_severity(std::vector<Finding>& findings) {
  std::vector<Finding> sorted;
  for (const Severity severity : {Severity::stop, Severity::warning, Severity::note, Severity::ok}) {
    std::ranges::copy_if(findings, std::back_inserter(sorted), [=](const Finding& finding) { return finding.severity == severity; });
  }
  findings = std::move(sorted);
}

}  // namespace godwit::inventory
