// SPDX-License-Identifier: Apache-2.0
// godwit completion: scripts by which shells complete its commands, options and values, from the program's own options.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace godwit::cli {

enum class Shell : std::uint8_t { bash, zsh, fish };

// Options with a set of values offer those, numbers nothing, all others the names of files.
[[nodiscard]] std::string completion_for(Shell shell, const CommandEntry& program);

struct CompletionOptions {
  std::string shell;
};
CLI::App& add_completion_command(CLI::App& program, CompletionOptions& options);
[[nodiscard]] int run_completion(const CompletionOptions& options, const CLI::App& program);

}  // namespace godwit::cli
