// SPDX-License-Identifier: Apache-2.0
// The log of a command, where one is ordered.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/line_file.h"
#include "base/log.h"

namespace godwit::cli {

struct LogFileOptions {
  std::string file, format = "text";  // none when empty; "text" or "json"
};
// "--log", "--log-format".
void add_log_file_options(CLI::App& command, LogFileOptions& options);

// Nothing where no file was given.
[[nodiscard]] Result<std::shared_ptr<LineFile>> open_log_file(const LogFileOptions& options);
// Into it; into nothing without a file.
[[nodiscard]] Log log_to(const std::shared_ptr<LineFile>& file, const LogFileOptions& options);

}  // namespace godwit::cli
