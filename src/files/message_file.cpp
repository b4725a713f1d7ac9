// SPDX-License-Identifier: Apache-2.0
#include "files/message_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace godwit::files {
namespace {

constexpr std::size_t piece_size = 512 * 1024;  // as much again may be added to it

Result<std::string_view> read_piece(int descriptor, std::string& into, const std::filesystem::path& path) {
  into.resize(piece_size);
  std::size_t filled = 0;
  while (filled < piece_size) {
    const ssize_t got = ::read(descriptor, into.data() + filled, piece_size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(ErrorKind::refused, fmt::format("{}: the file cannot be read ({})", printable(path.native()), std::strerror(errno)));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return std::string_view(into).substr(0, filled);
}

}  // namespace

Result<MessageFile> MessageFile::open(const Directory& folder, const std::string& name, LineEnds line_ends) {
  GODWIT_TRY(Descriptor file, folder.open_file(name));
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return fail(ErrorKind::refused, fmt::format("{}: {}", printable(name), std::strerror(errno)));
  MessageFile message(std::move(file));
  message.path_ = folder.path() / name;
  message.line_ends_ = line_ends;
  message.modified_ = found.st_mtim.tv_sec;
  GODWIT_CHECK(message.measure());
  return message;
}

// One look at all of it tells the size; what is small stays in memory.
Result<> MessageFile::measure() {
  GODWIT_TRY(bool goes_on, fill());
  size_ = buffer_.size();
  if (raw_.size() < piece_size) return {};
  CrlfMaker counter = maker_;
  std::string piece;
  while (goes_on) {
    GODWIT_TRY(const std::string_view text, read_piece(file_.get(), piece, path_));
    goes_on = !text.empty();
    size_ += text.size() + (line_ends_ == LineEnds::crlf ? counter.added(text) : 0);
  }
  if (::lseek(file_.get(), static_cast<off_t>(raw_.size()), SEEK_SET) < 0) {
    return fail(ErrorKind::refused, fmt::format("{}: the file cannot be read ({})", printable(path_.native()), std::strerror(errno)));
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
  if (given_ > size_ || (buffer_.empty() && given_ != size_)) {
    return fail(ErrorKind::refused,
                fmt::format("{}: the file changed while it was read; the next round reads it again", printable(path_.native())));
  }
  return std::span<const char>(buffer_);
}

}  // namespace godwit::files
