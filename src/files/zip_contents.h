// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"

namespace godwit::files {

// How large the table of contents of a .zip says that it is (its central directory, APPNOTE 4.3.16), which readers hold in memory as a
// whole; the largest where several claim to be it. 0: the file is no .zip. Error storage: it cannot be read.
[[nodiscard]] Result<std::uint64_t> zip_contents_size(const std::filesystem::path& file);

}  // namespace godwit::files
