// SPDX-License-Identifier: Apache-2.0
// The rules of what is moved, as the commands that move or look before have them.
#pragma once

#include <CLI/CLI.hpp>

#include "sync/rules.h"

namespace godwit::cli {

// `rules` must outlive the program.
void add_rule_options(CLI::App& command, sync::RuleTexts& rules);

}  // namespace godwit::cli
