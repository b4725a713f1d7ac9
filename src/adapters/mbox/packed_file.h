// SPDX-License-Identifier: Apache-2.0
// Files that gzip made (RFC 1952).
#pragma once

#include <filesystem>
#include <span>

#include "base/error.h"
#include "files/descriptor.h"

namespace godwit::adapters {

[[nodiscard]] bool is_packed(int descriptor);

// The first bytes of what is packed.
[[nodiscard]] Result<std::size_t> read_packed(int descriptor, const std::filesystem::path& path, std::span<char> buffer);

// A nameless file (TMPDIR) with all that is packed. Errors: storage, there is no room; refused, it is damaged, or above 256 MiB it is
// more than 200 times as large as the packed file.
[[nodiscard]] Result<files::Descriptor> unpack(int descriptor, const std::filesystem::path& path);

}  // namespace godwit::adapters
