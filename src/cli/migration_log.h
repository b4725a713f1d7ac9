// SPDX-License-Identifier: Apache-2.0
// Where a migration of many accounts is logged and traced, when that is ordered: one log for all, a trace for each account.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "cli/log_file.h"
#include "jobs/migration.h"

namespace godwit::cli {

struct TraceOptions {
  std::string directory;  // none when empty
  bool bodies = false;
};
// "--log", "--log-format", "--trace", "--trace-bodies".
void add_log_options(CLI::App& command, LogFileOptions& log, TraceOptions& trace);

// One line a fact. Used by any thread.
class MigrationLog final : public jobs::Observer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MigrationLog>> open(const LogFileOptions& options);

  void event(const jobs::JobStatus& job, const sync::Event& event) override;
  void ended(const jobs::JobStatus& job) override;
  [[nodiscard]] const Log& log() const { return log_; }
  // Lines that could not be written; nothing where all were.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  MigrationLog(std::shared_ptr<LineFile> file, const LogFileOptions& options);

  const std::shared_ptr<LineFile> file_;
  const Log log_;
};

// DIRECTORY/ACCOUNT.trace, open as long as somebody writes to it. Used by any thread.
class AccountTrace {
 public:
  AccountTrace(const TraceOptions& options, const std::string& account);
  // Nothing where none is ordered. Error of kind storage.
  [[nodiscard]] Result<std::shared_ptr<LineFile>> open();

 private:
  const std::filesystem::path file_;  // empty: none is ordered
  std::mutex mutex_;
  std::weak_ptr<LineFile> opened_;
};

// Any name as that of a file: what is not a letter, a digit or one of @._+- becomes %XX; what is too long is cut and told apart.
[[nodiscard]] std::string file_name_for(std::string_view name);
// Makes the directory where there is none. Error of kind storage.
[[nodiscard]] Result<> prepare_traces(const TraceOptions& options);

}  // namespace godwit::cli
