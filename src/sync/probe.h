// SPDX-License-Identifier: Apache-2.0
// Learns at the first contact with a target host what it alters although it says OK, by a few messages in a folder of its own.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

// Which hazards the host is known to keep byte for byte; nothing when it was never probed.
[[nodiscard]] Task<Result<std::optional<mime::Hazards>>> kept_by_host(ledger::Ledger& ledger, const std::string& host);

// Unless it is known already, probes on a session of its own and records what was learned. The probe folder is removed as long
// as the session lives; what a kill left behind is known by its name.
[[nodiscard]] Task<Result<>> probe_host(const RoundContext& context, ledger::Ledger& ledger, endpoint::FolderPath path);

[[nodiscard]] endpoint::FolderPath fresh_probe_path();

[[nodiscard]] bool is_probe_folder(const endpoint::Folder& folder);

}  // namespace godwit::sync
