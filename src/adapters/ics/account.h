// SPDX-License-Identifier: Apache-2.0
// Folders and files of .ics and .vcf as source and target of calendars and address books.
#pragma once

#include <filesystem>
#include <memory>

#include "endpoint/collections.h"

namespace godwit::adapters {

// `path`: a file, a folder, or an archive of one (.zip, .tar and the like). Nothing is written.
[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_ics_source(std::filesystem::path path);
// `path`: a folder, made where it is not there; each collection is a folder in it with a file for each item.
[[nodiscard]] std::unique_ptr<endpoint::CollectionTarget> make_ics_target(std::filesystem::path path);

}  // namespace godwit::adapters
