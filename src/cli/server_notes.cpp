// SPDX-License-Identifier: Apache-2.0
#include "cli/server_notes.h"

namespace godwit::cli {
namespace {

// `open`: plan_source or plan_target of a wiring.
template <class Open>
Open noting(Open open, ServerNotes& notes) {
  return [open = std::move(open), &notes](const plan::Endpoint& endpoint, const PlanLogin& login, Secret password) {
    PlanLogin noted = login;
    noted.on_software = [&notes, name = endpoint.name](const std::string& software) { notes.note(name, software); };
    return open(endpoint, noted, std::move(password));
  };
}

}  // namespace

std::string ServerNotes::software_of(const std::string& endpoint) const {
  const std::lock_guard lock(mutex_);
  const auto found = software_.find(endpoint);
  return found == software_.end() ? std::string() : found->second;
}

void ServerNotes::note(const std::string& endpoint, const std::string& software) {
  const std::lock_guard lock(mutex_);
  software_[endpoint] = software;
}

Wiring with_notes(const Wiring& wiring, ServerNotes& notes) {
  Wiring noted = wiring;
  noted.plan_source = noting(wiring.plan_source, notes);
  noted.plan_target = noting(wiring.plan_target, notes);
  return noted;
}

}  // namespace godwit::cli
