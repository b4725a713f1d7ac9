// SPDX-License-Identifier: Apache-2.0
// What a plan says, as names and values for the record of a run and for reports. Where passwords are is none of it.
#pragma once

#include <vector>

#include "plan/plan.h"
#include "report/organisation.h"

namespace godwit::cli {

// Only what the plan sets, or what holds without it.
[[nodiscard]] std::vector<report::NamedValue> settings_of(const plan::Plan& plan);

// Sources first. `software_of`: by the endpoint; empty where it is not known.
template <class SoftwareOf>
[[nodiscard]] std::vector<report::ServerDescription> servers_of(const plan::Plan& plan, const SoftwareOf& software_of) {
  std::vector<report::ServerDescription> servers;
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) servers.push_back({endpoint.name, endpoint.address(), software_of(endpoint)});
  }
  return servers;
}

}  // namespace godwit::cli
