// SPDX-License-Identifier: Apache-2.0
#include "report/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error_code.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::report {
namespace {

using std::filesystem::path;

path fresh_name(const path& file) { return path(file) += ".new"; }

bool has_name(int descriptor, const path& name) {
  struct stat by_name{}, by_descriptor{};
  return ::lstat(name.c_str(), &by_name) == 0 && ::fstat(descriptor, &by_descriptor) == 0 &&
         by_name.st_ino == by_descriptor.st_ino && by_name.st_dev == by_descriptor.st_dev;
}

std::unexpected<Error> in_use(const path& file) {
  return fail(codes::output_in_use, fmt::format("{}: another process is writing this file; wait for it, or give another name",
                                                printable(file.native())));
}

// The rule that keeps two writers apart: only who holds the lock on the file that has the name may rename or remove the name.
Result<> remove_leftover(const path& file) {
  const path fresh = fresh_name(file);
  const int descriptor = ::open(fresh.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return errno == ENOENT ? Result<>{} : file_error(fresh, "the file cannot be opened", errno);
  const bool is_locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && has_name(descriptor, fresh);
  if (is_locked) ::unlink(fresh.c_str());
  ::close(descriptor);
  return is_locked ? Result<>{} : in_use(file);
}

}  // namespace

OutputFile::OutputFile(path file, int descriptor) : file_(std::move(file)), fresh_(fresh_name(file_)), descriptor_(descriptor) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::move(other.file_)), fresh_(std::move(other.fresh_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::unlink(fresh_.c_str());
  ::close(descriptor_);
}

Result<OutputFile> OutputFile::create(path file, mode_t mode) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return file_error(file, "a file is to be written here", EISDIR);
  GODWIT_CHECK(remove_leftover(file));
  const path fresh = fresh_name(file);
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return errno == EEXIST ? in_use(file) : file_error(file, "the file cannot be made", errno);
  // Between the two calls somebody else may have taken it for a leftover.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !has_name(descriptor, fresh)) {
    ::close(descriptor);
    return in_use(file);
  }
  return OutputFile(std::move(file), descriptor);
}

Result<> OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(file_, "the file cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> OutputFile::flush() {
  if (::fsync(descriptor_) != 0) return file_error(file_, "the file cannot be written", errno);
  return {};
}

Result<> OutputFile::publish() {
  GODWIT_CHECK(flush());
  if (::rename(fresh_.c_str(), file_.c_str()) != 0) return file_error(file_, "the file cannot be made", errno);
  return close_published();
}

Result<> OutputFile::publish_new() {
  GODWIT_CHECK(flush());
  if (::link(fresh_.c_str(), file_.c_str()) != 0) {
    if (errno == EEXIST) return fail(ErrorKind::exists, fmt::format("{}: there is a file already", printable(file_.native())));
    return file_error(file_, "the file cannot be made", errno);
  }
  ::unlink(fresh_.c_str());
  return close_published();
}

Result<> OutputFile::close_published() {
  ::close(std::exchange(descriptor_, -1));
  const path directory = file_.has_parent_path() ? file_.parent_path() : path(".");
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  return is_synced ? Result<>{} : file_error(directory, "the directory cannot be written", code);
}

}  // namespace godwit::report
