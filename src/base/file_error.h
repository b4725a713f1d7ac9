// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace godwit {

// Error of kind `storage`: the file, what is wrong, the text of errno's `code` and, where known, what to do.
[[nodiscard]] std::unexpected<Error> file_error(const std::filesystem::path& file, std::string_view what, int code);

}  // namespace godwit
