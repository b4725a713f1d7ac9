// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/error.h"
#include "base/secret.h"

namespace godwit {

// Up to the first line end or the end of the input, without that line end; read with nothing that buffers, because buffers are not
// wiped. Errors: storage, in the system's words; syntax where the line has more than 64 KiB, which no password or token has.
[[nodiscard]] Result<Secret> read_first_line(int descriptor);
[[nodiscard]] Result<Secret> read_first_line(const std::filesystem::path& file);

}  // namespace godwit
