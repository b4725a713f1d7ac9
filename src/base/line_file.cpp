// SPDX-License-Identifier: Apache-2.0
#include "base/line_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit {
namespace {

using std::filesystem::path;

int open_for_appending(const path& file) { return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600); }

Error error_of(const path& file, std::string_view what, int system_error) {
  const bool is_full = system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
  return make_error(codes::line_file, fmt::format("{}: {} ({}); {}", printable(file.native()), what, std::strerror(system_error),
                                                  is_full ? "make room there" : "check owner and mode of it and of its directory"));
}

path numbered(const path& file, unsigned number) { return path(file) += fmt::format(".{}", number); }

// All of it, or errno; `done` says how much.
int write_all(int descriptor, std::string_view bytes, std::size_t& done) {
  while (done < bytes.size()) {
    const ssize_t size = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    done += static_cast<std::size_t>(size);
  }
  return 0;
}

}  // namespace

Result<std::shared_ptr<LineFile>> LineFile::open(path file, RotationLimits limits) {
  const int descriptor = open_for_appending(file);
  if (descriptor < 0) return std::unexpected(error_of(file, "the file cannot be opened for writing", errno));
  return std::shared_ptr<LineFile>(new LineFile(std::move(file), limits, descriptor));
}

LineFile::LineFile(path file, RotationLimits limits, int descriptor)
    : file_(std::move(file)), limits_(limits), descriptor_(descriptor) {}

LineFile::~LineFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LineFile::write(std::string_view lines) noexcept {
  const std::scoped_lock lock(mutex_);
  if (!make_room(lines.size())) return;
  std::size_t done = 0;
  const int system_error = is_line_cut_ ? write_all(descriptor_, "\n", done) : 0;
  if (system_error == 0) is_line_cut_ = false;
  done = 0;
  if (const int failed = system_error != 0 ? system_error : write_all(descriptor_, lines, done); failed != 0) {
    is_line_cut_ = is_line_cut_ || done > 0;
    note_failure(failed);
  }
}

bool LineFile::make_room(std::uint64_t size) {
  struct stat status{};
  if (descriptor_ < 0) return reopen();
  // What is no regular file (a pipe, /dev/stderr) is not rotated.
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return true;
  if (static_cast<std::uint64_t>(status.st_size) + size <= limits_.bytes) return true;
  // Another process may be rotating the same file: the lock belongs to the file, not to its name.
  (void)::flock(descriptor_, LOCK_EX);
  if (is_current()) rename_old_files();
  return reopen();
}

bool LineFile::is_current() const {
  struct stat by_name{}, by_descriptor{};
  return ::stat(file_.c_str(), &by_name) == 0 && ::fstat(descriptor_, &by_descriptor) == 0 &&
         by_name.st_ino == by_descriptor.st_ino && by_name.st_dev == by_descriptor.st_dev;
}

void LineFile::rename_old_files() {
  if (limits_.old_files == 0) {
    ::unlink(file_.c_str());
    return;
  }
  for (unsigned number = limits_.old_files; number > 1; --number) {
    ::rename(numbered(file_, number - 1).c_str(), numbered(file_, number).c_str());
  }
  ::rename(file_.c_str(), numbered(file_, 1).c_str());
}

bool LineFile::reopen() {
  const int fresh = open_for_appending(file_);
  if (fresh < 0) {
    if (descriptor_ < 0) note_failure(errno);
    return descriptor_ >= 0;  // better a file that is too large than no lines
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = fresh;
  is_line_cut_ = false;
  return true;
}

void LineFile::note_failure(int system_error) {
  if (first_failure_ == 0) first_failure_ = system_error;
  ++lost_;
}

std::optional<Error> LineFile::failure() const {
  const std::scoped_lock lock(mutex_);
  if (lost_ == 0) return std::nullopt;
  return error_of(file_, fmt::format("lines were lost {} time{}", lost_, lost_ == 1 ? "" : "s"), first_failure_);
}

}  // namespace godwit
