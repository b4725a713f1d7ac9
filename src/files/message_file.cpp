// SPDX-License-Identifier: Apache-2.0
#include "files/message_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace godwit::files {
namespace {

constexpr std::size_t piece_size = 512 * 1024;  // as much again may be added to it
constexpr std::uint64_t largest_message = 0xFFFF'FFFF;  // bytes that IMAP can count (RFC 3501 §4.3)
constexpr std::uint64_t smallest_hole = 256 * 1024 * 1024;  // bytes
constexpr std::uint64_t most_of_hole = 200;                 // size, and its ratio to what is on disk: no mail is so empty

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorKind::refused, fmt::format("{}: {}", printable(path.native()), what));
}

std::unexpected<Error> has_changed(const std::filesystem::path& path) {
  return refuse(path, "the file changed while it was read; the next round reads it again");
}

Result<> require_message_size(const struct stat& found, const std::filesystem::path& path) {
  const auto size = static_cast<std::uint64_t>(found.st_size), on_disk = static_cast<std::uint64_t>(found.st_blocks) * 512;
  if (size > largest_message) return refuse(path, "the file is larger than a message can be (4 GiB)");
  if (size > smallest_hole && size / most_of_hole > on_disk) return refuse(path, "the file is a hole: almost nothing of it is on the disk");
  return {};
}

Result<std::string_view> read_piece(int descriptor, std::string& into, const std::filesystem::path& path) {
  into.resize(piece_size);
  std::size_t filled = 0;
  while (filled < piece_size) {
    const ssize_t got = ::read(descriptor, into.data() + filled, piece_size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(path, fmt::format("the file cannot be read ({})", std::strerror(errno)));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return std::string_view(into).substr(0, filled);
}

}  // namespace

Result<MessageFile> MessageFile::open(const Directory& folder, const std::string& name, LineEnds line_ends) {
  GODWIT_TRY(Descriptor file, folder.open_file(name));
  struct stat found{};
  const std::filesystem::path path = folder.path() / name;
  if (::fstat(file.get(), &found) != 0) return refuse(path, std::strerror(errno));
  GODWIT_CHECK(require_message_size(found, path));
  MessageFile message(std::move(file));
  message.path_ = path;
  message.on_disk_ = static_cast<std::uint64_t>(found.st_size);
  message.line_ends_ = line_ends;
  message.modified_ = found.st_mtim.tv_sec;
  GODWIT_CHECK(message.measure());
  return message;
}

// One look at all of it tells the size; what is small stays in memory.
Result<> MessageFile::measure() {
  GODWIT_TRY(bool goes_on, fill());
  size_ = buffer_.size();
  std::uint64_t raw = raw_.size();
  if (raw > on_disk_) return has_changed(path_);
  if (raw < piece_size) return {};
  CrlfMaker counter = maker_;
  std::string piece;
  while (goes_on) {
    GODWIT_TRY(const std::string_view text, read_piece(file_.get(), piece, path_));
    goes_on = !text.empty();
    raw += text.size();
    if (raw > on_disk_) return has_changed(path_);  // else one that grows as fast as it is read would be read for ever
    size_ += text.size() + (line_ends_ == LineEnds::crlf ? counter.added(text) : 0);
  }
  if (::lseek(file_.get(), static_cast<off_t>(raw_.size()), SEEK_SET) < 0) {
    return refuse(path_, fmt::format("the file cannot be read ({})", std::strerror(errno)));
  }
  return {};
}

Result<bool> MessageFile::fill() {
  GODWIT_TRY(const std::string_view piece, read_piece(file_.get(), raw_, path_));
  buffer_.clear();
  if (line_ends_ == LineEnds::crlf) maker_.append(piece, buffer_);
  else buffer_ = piece;
  raw_.resize(piece.size());
  is_given_ = false;
  return !piece.empty();
}

Result<std::span<const char>> MessageFile::read() {
  if (is_given_) GODWIT_CHECK(fill());
  is_given_ = true;
  given_ += buffer_.size();
  if (given_ > size_ || (buffer_.empty() && given_ != size_)) return has_changed(path_);
  return std::span<const char>(buffer_);
}

}  // namespace godwit::files
