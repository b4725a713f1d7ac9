// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_log.h"

#include <fmt/format.h>

#include <system_error>

#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

using jobs::JobStatus;

constexpr RotationLimits trace_limits{.bytes = std::uint64_t{256} << 20, .old_files = 3};
constexpr std::size_t longest_name = 180;  // bytes; a file's name may have 255, and old traces have a number behind it

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("@._+-").contains(c);
}

std::string message_of(const JobStatus& job) {
  switch (job.state) {
    case jobs::State::waiting: return job.error ? "the attempt ended, and another one follows" : "interrupted by order";
    case jobs::State::running: return "at work";
    case jobs::State::moved: return "moved";
    case jobs::State::incomplete: return "moved, but for some items";
    case jobs::State::failed: return "failed";
    case jobs::State::canceled: return "canceled by order";
    case jobs::State::pre_staged: return "the old mail is there";
  }
  return "";
}

}  // namespace

void add_log_options(CLI::App& command, LogFileOptions& log, TraceOptions& trace) {
  add_log_file_options(command, log);
  command.add_option("--trace", trace.directory,
                     "Record what is said with both servers in this directory, a file for each account: no passwords, and of messages "
                     "the size alone");
  command.add_flag("--trace-bodies", trace.bodies, "Record the messages, too");
}

Result<std::unique_ptr<MigrationLog>> MigrationLog::open(const LogFileOptions& options) {
  GODWIT_TRY(auto file, open_log_file(options));
  return std::unique_ptr<MigrationLog>(new MigrationLog(std::move(file), options));
}

MigrationLog::MigrationLog(std::shared_ptr<LineFile> file, const LogFileOptions& options)
    : file_(std::move(file)), log_(log_to(file_, options)) {}

void MigrationLog::event(const JobStatus& job, const sync::Event& event) {
  Log log = log_.of_account(job.name);
  if (!event.folder.empty()) log = log.of_folder(event.folder);
  if (event.kind == sync::Event::Kind::step) {
    log.info(event.text);
  } else if (event.code != 0) {
    log.warning(event.text, Error{ErrorKind::refused, {}, {}, {}, event.code, {}});  // the text says all of it
  } else {
    log.warning(event.text);
  }
}

void MigrationLog::ended(const JobStatus& job) {
  const Log log = log_.of_account(job.name);
  const sync::RoundResult& result = job.result;
  const std::string message = message_of(job);
  if (job.error) {
    log.error(message, *job.error, {{"state", jobs::name_of(job.state)}, {"attempts", job.attempts}});
    return;
  }
  log.info(message, {{"state", jobs::name_of(job.state)},
                     {"grade", job.verdict ? report::name_of(job.verdict->grade) : std::string_view("none")},
                     {"copied", result.copied},
                     {"matched", result.matched},
                     {"flags_changed", result.flags_changed},
                     {"moved", result.moved},
                     {"removed", result.removed},
                     {"listed", result.listed},
                     {"proven", result.proven},
                     {"not_moved", result.not_moved},
                     {"bytes", result.bytes}});
}

std::optional<Error> MigrationLog::failure() const { return file_ ? file_->failure() : std::nullopt; }

AccountTrace::AccountTrace(const TraceOptions& options, const std::string& account)
    : file_(options.directory.empty() ? std::filesystem::path()
                                      : std::filesystem::path(options.directory) / (file_name_for(account) + ".trace")) {}

Result<std::shared_ptr<LineFile>> AccountTrace::open() {
  if (file_.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (auto opened = opened_.lock()) return opened;
  GODWIT_TRY(auto opened, LineFile::open(file_, trace_limits));
  opened_ = opened;
  return opened;
}

std::string file_name_for(std::string_view name) {
  std::string file;
  for (const char c : name) {
    const bool hides_file = c == '.' && file.empty();
    file += is_plain(c) && !hides_file ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (file.empty()) return "%";
  if (file.size() <= longest_name) return file;
  return file.substr(0, longest_name - 17) + "~" + to_hex(sha256(name).view()).substr(0, 16);
}

Result<> prepare_traces(const TraceOptions& options) {
  if (options.directory.empty()) {
    if (options.bodies) return fail(codes::options_do_not_fit, "--trace-bodies needs --trace DIRECTORY");
    return {};
  }
  std::error_code error;
  const bool is_made = std::filesystem::create_directories(options.directory, error);
  if (is_made && !error) std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all, error);
  if (!error) return {};
  return fail(codes::line_file, fmt::format("{}: the directory for traces cannot be made ({}); check its name, and owner and mode of "
                                            "what it is in", printable(options.directory), error.message()));
}

}  // namespace godwit::cli
