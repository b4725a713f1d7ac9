// SPDX-License-Identifier: Apache-2.0
// What the lines to a plan's servers need beside the plan: passwords of proxies, and the memory of which servers were seen with TLS.
#pragma once

#include <map>
#include <memory>

#include "cli/accounts.h"

namespace godwit::cli {

struct PlanLines {
  std::map<const plan::Endpoint*, Secret> proxy_passwords{};
  std::shared_ptr<endpoint::TlsMemory> tls_memory = nullptr;

  void apply_to(PlanLogin& login, const plan::Endpoint& endpoint) const;
};

// `ledger`: the plan's, where the caller has it open; else it is opened for a moment where something has to be remembered, and only
// if it is there. The wiring, the ledger and the plan's endpoints must outlive the result. Errors of kind usage: a password that is not
// in its place.
[[nodiscard]] Result<PlanLines> prepare_lines(const plan::Plan& plan, const Wiring& wiring, ledger::Ledger* ledger);

}  // namespace godwit::cli
