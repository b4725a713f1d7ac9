// SPDX-License-Identifier: Apache-2.0
// Man pages (man(7)) from the program's own commands and options.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "cli/command_tree.h"

namespace godwit::cli {

// godwit(1), with a list of the commands, the exit statuses and the files.
[[nodiscard]] std::string manual_of_program(const CommandEntry& program);
// godwit-migrate(1) and so on; commands below it stand on the same page.
[[nodiscard]] std::string manual_of_command(const CommandEntry& command);

struct ManualOptions {
  std::filesystem::path directory;
};
// "godwit manual DIRECTORY", hidden from the help: for packages.
CLI::App& add_manual_command(CLI::App& program, ManualOptions& options);
// Writes godwit.1, godwit-COMMAND.1 … into the directory, which is made where it is missing.
[[nodiscard]] int run_manual(const ManualOptions& options, const CLI::App& program);

}  // namespace godwit::cli
