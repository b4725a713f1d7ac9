// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error_code.h"
#include "base/fault.h"
#include "base/file_error.h"
#include "base/text.h"
#include "files/directory.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;

constexpr int lock_trials = 50;
constexpr std::chrono::milliseconds lock_pause{100};
constexpr std::uint64_t space_to_leave = 16 * 1024 * 1024;
constexpr std::size_t piece_size = 256 * 1024;

Result<> lock_for_writing(int descriptor, const fs::path& path) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  for (int trial = 0; trial < lock_trials; ++trial) {
    if (::fcntl(descriptor, F_OFD_SETLK, &whole) == 0) return {};
    if (errno != EAGAIN && errno != EACCES) return file_error(path, "cannot be locked", errno);
    std::this_thread::sleep_for(lock_pause);
  }
  return fail(codes::mailbox_in_use, printable(path.native()) + ": another program has locked the file; close it");
}

Result<> write_at(int descriptor, const fs::path& path, std::uint64_t offset, std::string_view bytes) {
  const std::size_t size = bytes.size();
  bytes = bytes.substr(0, fault::step_writing("mbox.write", size));
  const bool dies = bytes.size() < size;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return files::write_error(path, "cannot be written", errno);
    offset += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (dies) fault::die();
  return {};
}

// Write access for as long as it lives.
class Lock {
 public:
  static Result<Lock> take(const fs::path& path) {
    GODWIT_TRY(MboxDotLock dot_lock, MboxDotLock::take(path));  // first: who has it may put another file there
    const int descriptor = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) return fail(ErrorKind::not_found, printable(path.native()) + ": the file is gone");
    if (descriptor < 0) return file_error(path, "cannot be opened", errno);
    Lock lock(descriptor, std::move(dot_lock));
    GODWIT_CHECK(lock_for_writing(descriptor, path));
    return lock;
  }
  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), dot_lock_(std::move(other.dot_lock_)) {}
  ~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }
  [[nodiscard]] MboxDotLock take_dot_lock() { return std::move(dot_lock_); }

 private:
  Lock(int descriptor, MboxDotLock dot_lock) : descriptor_(descriptor), dot_lock_(std::move(dot_lock)) {}
  int descriptor_;
  MboxDotLock dot_lock_;
};

Result<> check_room(int descriptor, const fs::path& path, std::uint64_t bytes) {
  struct statvfs facts {};
  if (::fstatvfs(descriptor, &facts) != 0) return {};
  const std::uint64_t free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
  if (free >= bytes + space_to_leave) return {};
  return fail(ErrorKind::quota, printable(path.native()) + ": " + format_bytes(bytes) + " are to be written, and the disk has " +
                                    format_bytes(free) + " left; make room there, then run the same command again");
}

// A new file beside `path`, removed when it is not put in its place.
class Draft {
 public:
  static Result<std::unique_ptr<Draft>> make(const fs::path& path) {
    const fs::path place = fs::path(path) += ".godwit-new";
    ::unlink(place.c_str());  // of a run that was killed
    const int descriptor = ::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) return files::write_error(place, "cannot be made", errno);
    return std::unique_ptr<Draft>(new Draft(path, place, descriptor));
  }
  ~Draft() {
    ::close(descriptor_);
    if (!is_kept_) ::unlink(place_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  Result<> write(std::string_view bytes) {
    GODWIT_CHECK(write_at(descriptor_, place_, size_, bytes));
    size_ += bytes.size();
    return {};
  }
  // With the owner and the mode of the file that it takes the place of, as far as that is allowed.
  Result<> keep() {
    struct stat old {};
    if (::stat(path_.c_str(), &old) == 0) {
      if (::fchown(descriptor_, old.st_uid, old.st_gid) != 0 && errno != EPERM) {
        return file_error(place_, "cannot be given its owner", errno);
      }
      if (::fchmod(descriptor_, old.st_mode & 07777) != 0) return file_error(place_, "cannot be given its mode", errno);
    }
    fault::step("mbox.rewritten");
    if (::fsync(descriptor_) != 0) return files::write_error(place_, "cannot be written", errno);
    fault::step("mbox.rename");
    if (::rename(place_.c_str(), path_.c_str()) != 0) return files::write_error(path_, "cannot be replaced", errno);
    is_kept_ = true;
    return sync_folder(path_.parent_path());
  }

 private:
  Draft(fs::path path, fs::path place, int descriptor) : path_(std::move(path)), place_(std::move(place)), descriptor_(descriptor) {}
  const fs::path path_, place_;
  const int descriptor_;
  std::uint64_t size_ = 0;
  bool is_kept_ = false;
};

class Rewriting {
 public:
  Rewriting(std::shared_ptr<const MboxFile> file, Draft& draft) : file_(std::move(file)), draft_(draft) {}

  Result<> copy(std::uint64_t begin, std::uint64_t end) {
    buffer_.resize(piece_size);
    while (begin < end) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), end - begin));
      GODWIT_TRY(const std::size_t got, file_->read(begin, std::span(buffer_).first(wanted)));
      if (got == 0) return fail(codes::mailbox_in_use, printable(file_->path().native()) + ": another program made the file shorter");
      GODWIT_CHECK(draft_.write({buffer_.data(), got}));
      begin += got;
    }
    return {};
  }

  // The fields of the flags come first; the old ones before the mark go, and all behind it stays as it is.
  Result<> copy_with_flags(const MboxEntry& entry, const MessageFlags& flags) {
    GODWIT_CHECK(copy(entry.begin - entry.from_length, entry.begin));
    GODWIT_CHECK(draft_.write(status_lines(flags)));
    LineReader lines(file_, entry.begin, entry.end);
    bool is_dropped = false;
    while (true) {
      GODWIT_TRY(const auto piece, lines.next());
      if (!piece) return {};
      const std::string_view name = piece->begins_line ? field_name(piece->text) : std::string_view();
      const bool is_continued = !piece->begins_line || piece->text.starts_with(' ') || piece->text.starts_with('\t');
      if (!is_continued) is_dropped = tells_flags(name);
      const bool is_last = ends_header(piece->text) || equals_ignoring_case(name, "X-Godwit-Mbox");
      if (piece->begins_line && is_last) return copy(piece->offset, entry.end);
      if (is_dropped) continue;
      GODWIT_CHECK(copy(piece->offset, lines.offset()));
    }
  }

  // Where the message behind this one begins: without the lines that separate them.
  Result<std::uint64_t> behind(const MboxEntry& entry) {
    std::array<char, 4> bytes{};
    GODWIT_TRY(const std::size_t got, file_->read(entry.end, bytes));
    std::string_view rest(bytes.data(), got);
    for (int line = 0; line < (entry.is_exact ? 2 : 1); ++line) {
      if (rest.starts_with('\n')) rest.remove_prefix(1);
      else if (rest.starts_with("\r\n")) rest.remove_prefix(2);
    }
    return entry.end + got - rest.size();
  }

 private:
  static bool tells_flags(std::string_view name) {
    constexpr std::array<std::string_view, 6> names{"Status", "X-Status", "X-Keywords",
                                                    "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys"};
    return std::ranges::any_of(names, [&](std::string_view each) { return equals_ignoring_case(each, name); });
  }
  const std::shared_ptr<const MboxFile> file_;
  Draft& draft_;
  std::vector<char> buffer_;
};

}  // namespace

Result<> sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return file_error(folder, "cannot be opened", errno);
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failed != 0 && failed != EINVAL) return files::write_error(folder, "cannot be written", failed);
  return {};
}

Result<std::unique_ptr<MboxAppender>> MboxAppender::open(const fs::path& path, std::optional<std::uint64_t> torn) {
  GODWIT_TRY(Lock lock, Lock::take(path));
  std::unique_ptr<MboxAppender> appender(new MboxAppender(path, lock.release(), lock.take_dot_lock()));
  GODWIT_CHECK(appender->begin(torn));
  return appender;
}

// Behind the last message stands an empty line.
Result<> MboxAppender::begin(std::optional<std::uint64_t> torn) {
  struct stat facts {};
  if (torn) fault::step("mbox.cut");
  if (torn && ::ftruncate(descriptor_, static_cast<off_t>(*torn)) != 0) return files::write_error(path_, "cannot be written", errno);
  if (::fstat(descriptor_, &facts) != 0) return file_error(path_, "cannot be read", errno);
  kept_ = end_ = static_cast<std::uint64_t>(facts.st_size);
  std::array<char, 4> last{};
  const std::size_t wanted = std::min<std::size_t>(last.size(), end_);
  if (::pread(descriptor_, last.data(), wanted, static_cast<off_t>(end_ - wanted)) != static_cast<ssize_t>(wanted)) {
    return file_error(path_, "cannot be read", errno);
  }
  const std::string_view tail(last.data(), wanted);
  if (tail.empty() || tail.ends_with("\n\n") || tail.ends_with("\n\r\n")) return {};
  return append(tail.ends_with('\n') ? "\n" : "\n\n");
}

MboxAppender::~MboxAppender() {
  const bool is_cut = end_ == kept_ || ::ftruncate(descriptor_, static_cast<off_t>(kept_)) == 0;
  static_cast<void>(is_cut);  // else the next run finds a message without its length
  ::close(descriptor_);
}

Result<> MboxAppender::check_space(std::uint64_t bytes) const { return check_room(descriptor_, path_, bytes); }

Result<> MboxAppender::append(std::string_view bytes) {
  const std::uint64_t offset = end_;
  end_ += bytes.size();  // so that a part of it is taken away, too
  return write_at(descriptor_, path_, offset, bytes);
}

Result<> MboxAppender::overwrite(std::uint64_t offset, std::string_view bytes) { return write_at(descriptor_, path_, offset, bytes); }

Result<> MboxAppender::sync() {
  fault::step("mbox.sync");
  if (::fdatasync(descriptor_) != 0) return files::write_error(path_, "cannot be written", errno);
  return {};
}

Result<> MboxAppender::keep() {
  GODWIT_CHECK(sync());
  kept_ = end_;
  return {};
}

Result<> rewrite_mbox(const fs::path& path, const MboxIndex& index, const std::vector<bool>& changed, const MboxChange& change) {
  GODWIT_TRY(const Lock lock, Lock::take(path));
  GODWIT_CHECK(check_room(lock.descriptor(), path, index.stamp.size));
  GODWIT_TRY(const auto file, MboxFile::open(path));
  GODWIT_TRY(const FileStamp stamp, file->stamp());
  if (stamp != index.stamp) {
    return fail(codes::mailbox_in_use, printable(path.native()) + ": another program wrote to the file; the next round goes on");
  }
  GODWIT_TRY(const auto draft, Draft::make(path));
  Rewriting rewriting(file, *draft);
  std::uint64_t copied = 0;
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    if (!changed[i]) continue;
    const MboxEntry& entry = index.entries[i];
    GODWIT_CHECK(rewriting.copy(copied, entry.begin - entry.from_length));
    const auto flags = change(i);
    if (flags) GODWIT_CHECK(rewriting.copy_with_flags(entry, *flags));
    copied = entry.end;
    if (!flags) {
      GODWIT_TRY(copied, rewriting.behind(entry));
    }
  }
  GODWIT_CHECK(rewriting.copy(copied, stamp.size));
  return draft->keep();
}

}  // namespace godwit::adapters
