// SPDX-License-Identifier: Apache-2.0
// The passwords of a ledger, sealed at rest. Whoever learns a password seals it with the public half of the vault's key; the private
// half lies in a file outside of the ledger, and only the process that opens the vault has it. One key file belongs to one ledger.
#pragma once

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "ledger/ledger.h"
#include "vault/sealed_box.h"

namespace godwit::vault {

// LEDGER.vault-key
[[nodiscard]] std::filesystem::path default_key_file(const std::filesystem::path& ledger_file);

class Vault {
 public:
  // The ledger's vault; where it has none yet, with a new key in that file. A change of the key that a kill has cut is brought to its
  // end: the old key, which was to go, is then found as FILE.old. Errors, each with what to do: the file is missing or damaged
  // (storage); it is another ledger's (usage: it says which one to bring back), or open to others (usage). The ledger must outlive
  // the vault.
  [[nodiscard]] static Task<Result<Vault>> open(ledger::Ledger& ledger, std::filesystem::path key_file);

  [[nodiscard]] const PublicKey& public_key() const { return key_.public_key(); }

  // Seals the password and replaces the login's former one.
  [[nodiscard]] Task<Result<>> keep(Login login, Secret password);
  // Nothing when there is none.
  [[nodiscard]] Task<Result<std::optional<Secret>>> find(Login login);
  [[nodiscard]] Task<Result<>> forget(Login login);

  // Makes a new key, seals everything with it in one transaction, and destroys the old one. When a password cannot be opened,
  // nothing is changed, and the error says whose. After any other error open the vault again: that ends what was begun.
  [[nodiscard]] Task<Result<>> change_key();

  // Destroys the key, then erases all passwords; it needs no key that can be used. A key file that is not this ledger's, or cannot
  // be read, stays: an error, when everything else is done.
  [[nodiscard]] static Task<Result<>> wipe(ledger::Ledger& ledger, std::filesystem::path key_file);

 private:
  Vault(ledger::Ledger& ledger, std::filesystem::path key_file, PrivateKey key)
      : ledger_(&ledger), key_file_(std::move(key_file)), key_(std::move(key)) {}

  ledger::Ledger* ledger_;
  std::filesystem::path key_file_;
  PrivateKey key_;
};

}  // namespace godwit::vault
