// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/error.h"
#include "files/descriptor.h"

namespace godwit::files {

// TMPDIR, or /tmp.
[[nodiscard]] std::filesystem::path temporary_place();

// A file in it that nobody else can open, and that goes with its last descriptor. Not open: errno says why.
[[nodiscard]] Descriptor make_nameless_file();

}  // namespace godwit::files
