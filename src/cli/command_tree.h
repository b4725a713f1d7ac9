// SPDX-License-Identifier: Apache-2.0
// The program's commands and options as man pages and completions tell them: read from what the command line is parsed with.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace godwit::cli {

struct OptionEntry {
  std::vector<std::string> names;   // "--plan", "-h"; none for a positional
  std::string value;                // what stands behind it: "VALUE", "NUMBER", "1..16", "text|json"; empty: a flag
  std::vector<std::string> choices; // where only these are possible
  bool is_number = false;
  bool is_required = false, is_repeated = false;
  std::string text;
};

struct CommandEntry {
  std::string path;  // "godwit account list"
  std::string text;
  std::string footer;
  std::vector<OptionEntry> options, positionals;
  std::vector<CommandEntry> commands;
  [[nodiscard]] std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

// Without what is hidden from the help.
[[nodiscard]] CommandEntry read_commands(const CLI::App& program);

// The command and all below it, the command first.
[[nodiscard]] std::vector<const CommandEntry*> all_of(const CommandEntry& command);

}  // namespace godwit::cli
