// SPDX-License-Identifier: Apache-2.0
#include "cli/log_file.h"

namespace godwit::cli {

void add_log_file_options(CLI::App& command, LogFileOptions& options) {
  command.add_option("--log", options.file, "Write what happens to this file, too; at 64 MiB it becomes FILE.1, and so on to FILE.9");
  command.add_option("--log-format", options.format, "\"text\", or \"json\" for one object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

Result<std::shared_ptr<LineFile>> open_log_file(const LogFileOptions& options) {
  if (options.file.empty()) return nullptr;
  return LineFile::open(options.file);
}

Log log_to(const std::shared_ptr<LineFile>& file, const LogFileOptions& options) {
  if (!file) return {};
  LogOptions log_options;
  if (options.format == "json") log_options.format = LogOptions::Format::json;
  return Log(sink_of(file), log_options);
}

}  // namespace godwit::cli
