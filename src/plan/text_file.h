// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::plan {

// The whole of a file that a person wrote; 64 MiB at most. It may hold passwords, so what was read is wiped. Errors of kind
// usage, without the file's name: it is missing, may not be read, is a directory, or is too large.
[[nodiscard]] Result<Secret> read_text_file(const std::filesystem::path& file);

}  // namespace godwit::plan
