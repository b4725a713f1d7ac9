// SPDX-License-Identifier: Apache-2.0
// What the application knows of a system: another one is a folder in adapters/, a file here, and a line in systems.cpp.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/accounts.h"

namespace godwit::app {

struct System {
  plan::System kind;
  std::span<const std::string_view> schemes;  // with which its URLs begin: "imap", "imaps"
  Result<std::unique_ptr<endpoint::Source>> (*source)(const cli::AccountOptions&, Secret, bool plain_ok);
  Result<std::unique_ptr<endpoint::Target>> (*target)(const cli::AccountOptions&, Secret, bool plain_ok);  // nullptr: it is none
  // The same for an account of a plan.
  Result<std::unique_ptr<endpoint::Source>> (*plan_source)(const plan::Endpoint&, const cli::PlanLogin&, Secret);
  Result<std::unique_ptr<endpoint::Target>> (*plan_target)(const plan::Endpoint&, const cli::PlanLogin&, Secret);
};

extern const System imap_system;

// Errors of kind usage name what there is.
[[nodiscard]] Result<const System*> system_of_url(std::string_view url);
[[nodiscard]] Result<const System*> system_of(plan::System kind);

// Of a URL without a server, "maildir:/backup/alice/Maildir": what follows the scheme, as an absolute path. Error of kind usage: nothing
// follows it.
[[nodiscard]] Result<std::filesystem::path> path_of_url(std::string_view url);

}  // namespace godwit::app
