// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "adapters/mbox/dot_lock.h"
#include "adapters/mbox/packed_file.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t least_piece = 4096;

constexpr std::int64_t smallest_giant = std::int64_t{1} << 40;  // bytes
constexpr std::int64_t most_of_hole = 200;                      // size, and its ratio to what is on disk

constexpr int lock_trials = 250;
constexpr std::chrono::milliseconds lock_pause{20};

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Result<std::shared_ptr<const MboxFile>> MboxFile::open(const std::filesystem::path& path) {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  files::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!descriptor && (errno == ENOENT || errno == ENOTDIR)) {
    return fail(ErrorKind::not_found, printable(path.native()) + ": the file is not there; check the name");
  }
  struct stat facts {};
  if (!descriptor || ::fstat(descriptor.get(), &facts) != 0) return file_error(path, "cannot be read", errno);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorKind::storage, printable(path.native()) + ": this is no file; check the name");
  return std::shared_ptr<const MboxFile>(new MboxFile(path, std::move(descriptor)));
}

Result<std::shared_ptr<const MboxFile>> MboxFile::open_in(const files::Directory& folder, const std::string& name) {
  GODWIT_TRY(files::Descriptor descriptor, folder.open_file(name));
  return std::shared_ptr<const MboxFile>(new MboxFile(folder.path() / name, std::move(descriptor)));
}

bool MboxFile::is_packed() const { return adapters::is_packed(descriptor_.get()); }

Result<std::size_t> MboxFile::read_beginning(std::span<char> buffer) const {
  return is_packed() ? read_packed(descriptor_.get(), path_, buffer) : read(0, buffer);
}

Result<std::shared_ptr<const MboxFile>> MboxFile::unpacked() const {
  GODWIT_TRY(FileStamp stamp, stamp_at_rest());
  GODWIT_TRY(files::Descriptor contents, unpack(descriptor_.get(), path_));
  std::shared_ptr<MboxFile> file(new MboxFile(path_, std::move(contents)));
  GODWIT_TRY(const FileStamp own, file->stamp());
  stamp.size = own.size;
  file->lasting_stamp_ = stamp;
  return file;
}

Result<FileStamp> MboxFile::stamp() const {
  if (lasting_stamp_) return *lasting_stamp_;
  struct stat facts {};
  if (::fstat(descriptor_.get(), &facts) != 0) return file_error(path_, "cannot be read", errno);
  return FileStamp{facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
                   nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim)};
}

Result<> MboxFile::require_content() const {
  struct stat facts {};
  if (::fstat(descriptor_.get(), &facts) != 0) return file_error(path_, "cannot be read", errno);
  if (facts.st_size < smallest_giant || facts.st_size / most_of_hole <= std::int64_t{facts.st_blocks} * 512) return {};
  return fail(ErrorKind::refused,
              printable(path_.native()) + ": the file is a hole: almost nothing of it is on the disk; name another one");
}

Result<std::size_t> MboxFile::read(std::uint64_t offset, std::span<char> buffer) const {
  std::size_t got = 0;
  while (got < buffer.size()) {
    const ssize_t count = ::pread(descriptor_.get(), buffer.data() + got, buffer.size() - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(path_, "cannot be read", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

// Of this open file, not of the process, which would lose it with any other descriptor of the file.
// Where there are no locks, nobody has one.
bool MboxFile::set_lock(short type) const {
  struct flock whole {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return ::fcntl(descriptor_.get(), F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES);
}

Result<FileStamp> MboxFile::stamp_at_rest() const {
  if (lasting_stamp_) return *lasting_stamp_;
  for (int trial = 0; trial < lock_trials && (is_dot_locked(path_) || !set_lock(F_RDLCK)); ++trial) std::this_thread::sleep_for(lock_pause);
  auto found = stamp();
  static_cast<void>(set_lock(F_UNLCK));
  return found;
}

LineReader::LineReader(std::shared_ptr<const MboxFile> file, std::uint64_t begin, std::uint64_t end)
    : file_(std::move(file)), offset_(begin), end_(end) {}

void LineReader::seek(std::uint64_t offset, std::uint64_t end) {
  const bool is_ready = offset >= offset_ && offset - offset_ <= ready_ && end >= end_;
  const std::size_t skipped = is_ready ? static_cast<std::size_t>(offset - offset_) : ready_;
  first_ += skipped;
  ready_ -= skipped;
  offset_ = offset;
  end_ = end;
  begins_line_ = true;
}

Result<> LineReader::fill(std::size_t wanted) {
  while (ready_ < wanted && offset_ + ready_ < end_) {
    if (buffer_.empty()) buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(buffer_size, end_ - offset_ + 1)));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    if (first_ + wanted > buffer_.size()) {
      std::memmove(buffer_.data(), buffer_.data() + first_, ready_);
      first_ = 0;
    }
    const std::size_t used = first_ + ready_;
    const auto rest = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - used, end_ - offset_ - ready_));
    GODWIT_TRY(const std::size_t got, file_->read(offset_ + ready_, std::span(buffer_).subspan(used, rest)));
    if (got == 0) end_ = offset_ + ready_;  // the file has become shorter
    ready_ += got;
  }
  return {};
}

Result<std::string_view> LineReader::peek() {
  GODWIT_CHECK(fill(least_piece));
  return ready().substr(0, least_piece);
}

Result<std::optional<LinePiece>> LineReader::next() {
  GODWIT_CHECK(fill(least_piece));
  if (ready_ == 0) return std::nullopt;
  LinePiece piece{offset_, ready(), {}, begins_line_};
  const std::size_t feed = piece.text.find('\n');
  std::size_t taken = piece.text.size();
  if (feed != std::string_view::npos) {
    taken = feed + 1;
    const std::size_t length = feed > 0 && piece.text[feed - 1] == '\r' ? feed - 1 : feed;
    piece.end = length < feed ? "\r\n" : "\n";
    piece.text = piece.text.substr(0, length);
  } else if (taken > 1 && piece.text.ends_with('\r') && offset_ + ready_ < end_) {
    piece.text.remove_suffix(1);  // a line feed may follow
    --taken;
  }
  first_ += taken;
  ready_ -= taken;
  offset_ += taken;
  begins_line_ = !piece.end.empty();
  return piece;
}

}  // namespace godwit::adapters
