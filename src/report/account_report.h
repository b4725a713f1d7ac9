// SPDX-License-Identifier: Apache-2.0
// What the ledger knows of an account, as a grade and as a manifest.
#pragma once

#include <filesystem>
#include <string>

#include "base/task.h"
#include "ledger/ledger.h"
#include "report/grade.h"
#include "report/manifest.h"

namespace godwit::report {

[[nodiscard]] Task<Result<GradeFacts>> gather_facts(ledger::AccountLedger& account);
// What may be said of the account now; nothing where the ledger cannot be read.
[[nodiscard]] Task<std::optional<Verdict>> judge(ledger::Ledger& ledger, ledger::AccountIdentity identity);

struct ManifestSettings {
  std::filesystem::path file;
  std::string program;  // "godwit 0.1.0"
  ledger::AccountIdentity identity;
};
// One line for each item that is on record: moved, repaired, withdrawn, left out, not moved; folder by folder, by source UID. Folder
// names are those of the servers. Reads the ledger twice, page by page. Returns the header that was written.
[[nodiscard]] Task<Result<ManifestHeader>> write_manifest(ledger::AccountLedger& account, ManifestSettings settings, SigningKey key);

}  // namespace godwit::report
