// SPDX-License-Identifier: Apache-2.0
// Learns at the first contact with a target host what it alters although it says OK, by a few messages in a folder of its own.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "endpoint/session.h"
#include "ledger/ledger.h"
#include "mime/hazards.h"

namespace godwit::sync {

// Which hazards the host is known to keep byte for byte; nothing when it was never probed.
[[nodiscard]] Task<Result<std::optional<mime::Hazards>>> kept_by_host(ledger::Ledger& ledger, const std::string& host);
[[nodiscard]] Task<Result<>> record_kept(ledger::Ledger& ledger, const std::string& host, mime::Hazards kept);

using ProbeAnswer = std::unique_ptr<endpoint::Pending<std::vector<std::string>>>;

// Sends the probe; what is asked of the session next goes out behind it, without waiting. Its folder is removed by the same flight;
// what a broken connection left behind is known by its name.
[[nodiscard]] Task<Result<ProbeAnswer>> send_probe(endpoint::TargetSession& target, const endpoint::FolderPath& path);

[[nodiscard]] endpoint::FolderPath fresh_probe_path();

// What the answer says: the hazards whose message came back as it was sent.
[[nodiscard]] mime::Hazards kept_in(std::span<const std::string> stored);

[[nodiscard]] bool is_probe_folder(const endpoint::Folder& folder);

}  // namespace godwit::sync
