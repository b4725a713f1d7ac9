// SPDX-License-Identifier: Apache-2.0
// Lock files as mail servers make them: a file beside the one that is locked, which says whose it is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::files {

[[nodiscard]] const std::string& host_name();  // of this machine

// Makes the file with "<pid>:<host>" of this process in it; nobody ever sees it without. False: it is there already. `folder`: a
// descriptor of the folder that it lies in. Errors as write_all().
[[nodiscard]] Result<bool> make_lock_file(int folder, const std::filesystem::path& file);

// Of the text "<pid>" or "<pid>:<host>": the process ran on this machine, and is gone.
[[nodiscard]] bool is_of_dead_process(std::string_view text);

}  // namespace godwit::files
