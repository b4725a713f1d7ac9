// SPDX-License-Identifier: Apache-2.0
// Calendars and address books that lie in Outlook's files: each folder with appointments, tasks, notes or journal entries is a calendar,
// each with contacts an address book. Their items are the documents that godwit-pst makes (pst/documents.h).
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/pst/helper_process.h"
#include "endpoint/collections.h"

namespace godwit::adapters {

// `path`: a PST or OST file, or a folder of such and of .msg files.
[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_pst_collections(std::filesystem::path path, PstHelper helper);

}  // namespace godwit::adapters
