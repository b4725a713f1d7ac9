// SPDX-License-Identifier: Apache-2.0
// Where a plan's passwords come from: its files first, then the vault, a prompt at last.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/organisation.h"

namespace godwit::cli {

// The plan's, or LEDGER.vault-key.
[[nodiscard]] std::filesystem::path key_file_of(const plan::Plan& plan);

// Under which the vault keeps a password: with the host, so that a plan that names another one does not send it there.
[[nodiscard]] ledger::Login login_of_account(const plan::Endpoint& endpoint, ledger::Side side, const std::string& user);
[[nodiscard]] ledger::Login login_of_all(const plan::Endpoint& endpoint, ledger::Side side);

// Whether it is in its place: the file is there, the variable is set. A prompt is no place.
[[nodiscard]] bool is_at_hand(const plan::PasswordFrom& password);
// Of an endpoint that has one password for all accounts: from its file or variable, or asked for.
[[nodiscard]] Result<Secret> read_shared_password(const plan::Endpoint& endpoint);

struct PlanPasswords {
  std::map<std::string, Secret> sources, targets;  // by the names of endpoints that have one password for all accounts
  std::vector<plan::Account> accounts;             // those of the organisation, their passwords filled in
};

// Whose are wanted: a command that opens no target needs none for it.
enum class Sides : std::uint8_t { both, source };

// `ledger`: the plan's, where the caller has it open; else it is opened for the time of the call, and only where something is in no
// file. Errors: of kind usage with the file and line of each account that has no password anywhere, or as of vault::Vault::open().
[[nodiscard]] Result<PlanPasswords> find_passwords(const Organisation& organisation, const Wiring& wiring, ledger::Ledger* ledger,
                                                   Sides sides = Sides::both);

}  // namespace godwit::cli
