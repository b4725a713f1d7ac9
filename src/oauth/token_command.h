// SPDX-License-Identifier: Apache-2.0
// Access tokens that others obtain: from a command, and from a file.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/token_supply.h"

namespace godwit::oauth {

// Runs the program (its whole path, then its arguments; no shell) for each login; the first line that it prints is the token. Error
// token_command: it cannot be started, ends with another status than 0, prints nothing, takes longer than `limit` (then it is killed, with
// all that it has started); what it says on stderr is the error's server_text.
[[nodiscard]] TokenSupply supply_from_command(std::vector<std::string> command, std::chrono::milliseconds limit = std::chrono::seconds(60));

// Reads the file's first line again for each login. Error: token_file.
[[nodiscard]] TokenSupply supply_from_file(std::filesystem::path file);

}  // namespace godwit::oauth
