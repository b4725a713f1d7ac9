// SPDX-License-Identifier: Apache-2.0
// Files that hold keys: read into memory that is wiped, and refused where somebody else could have read or replaced them.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::vault {

enum class Readers { owner, anybody };

// What the file holds, 16 KiB at most. Errors, each with what to do: of kind storage when it cannot be read (not there, no right);
// of kind usage when it is no file, or, for Readers::owner, when others than its owner can read or write it or it belongs to
// somebody else than this process's user or root.
[[nodiscard]] Result<Secret> read_key_file(const std::filesystem::path& file, Readers readers);

// Overwrites the file's bytes, on the disk, and removes it; one that is not there is no error. Where the file has another name, too,
// only this one goes. A disk that never writes in place (SSD, copy on write) may keep the old bytes all the same.
[[nodiscard]] Result<> destroy_key_file(const std::filesystem::path& file);

}  // namespace godwit::vault
