// SPDX-License-Identifier: Apache-2.0
#include "files/message_writer.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/file_error.h"
#include "files/line_ends.h"
#include "files/message_file.h"

namespace godwit::files {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

// CRs in front of an LF at `newline`: 0, 1, or 2 for more.
int returns_before(std::string_view text, std::size_t newline) {
  if (newline == 0 || text[newline - 1] != '\r') return 0;
  return newline > 1 && text[newline - 2] == '\r' ? 2 : 1;
}

}  // namespace

Result<MessageWriter> MessageWriter::create(const Directory& folder, std::string name) {
  GODWIT_TRY(Descriptor file, folder.make_file(name));
  return MessageWriter(folder, std::move(name), std::move(file));
}

Result<> MessageWriter::write(std::string_view piece) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::move(held_).append(piece);
    piece = joined;
  }
  const std::size_t last = piece.find_last_not_of('\r');
  const std::size_t known = last == std::string_view::npos ? 0 : last + 1;
  held_ = piece.substr(known);
  return take(piece.substr(0, known));
}

// Every LF in `text` has all its CRs there, too.
Result<> MessageWriter::take(std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t newline = text.find('\n'); newline != std::string_view::npos; newline = text.find('\n', newline + 1)) {
    const int returns = returns_before(text, newline);
    if (returns == 0) {
      has_bare_newline_ = true;
      ++wire_;
    }
    if (returns != 1 && shortens_) GODWIT_CHECK(keep_all_bytes());
    if (!shortens_) continue;
    // The CR goes: the line, and its LF.
    GODWIT_CHECK(put(text.substr(begin, newline - 1 - begin)));
    GODWIT_CHECK(put("\n"));
    begin = newline + 1;
  }
  wire_ += text.size();
  return put(text.substr(begin));
}

// The file is written anew as the message came: what is in it so far can be undone.
Result<> MessageWriter::keep_all_bytes() {
  GODWIT_CHECK(flush());
  shortens_ = false;
  stored_ = 0;
  const Descriptor before = std::move(file_);
  GODWIT_CHECK(folder_->remove_file(name_));
  GODWIT_TRY(file_, folder_->make_file(name_));
  CrlfMaker maker;
  std::array<char, 64 * 1024> piece{};
  off_t at = 0;
  while (true) {
    const ssize_t got = ::pread(before.get(), piece.data(), piece.size(), at);
    if (got < 0) return file_error(folder_->path() / name_, "the file cannot be read", errno);
    if (got == 0) return {};
    at += got;
    maker.append(std::string_view(piece.data(), static_cast<std::size_t>(got)), buffer_);
    GODWIT_CHECK(flush());
  }
}

Result<> MessageWriter::put(std::string_view bytes) {
  buffer_.append(bytes);
  return buffer_.size() < buffer_size ? Result<>{} : flush();
}

Result<> MessageWriter::flush() {
  GODWIT_CHECK(write_all(file_.get(), buffer_, folder_->path() / name_));
  stored_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<> MessageWriter::finish(std::int64_t modified) {
  wire_ += held_.size();
  GODWIT_CHECK(put(held_));
  GODWIT_CHECK(flush());
  const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {static_cast<time_t>(modified), 0}}};
  if (::futimens(file_.get(), times.data()) != 0) return file_error(folder_->path() / name_, "the file's time cannot be set", errno);
  return {};
}

}  // namespace godwit::files
