// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file_error.h"
#include "files/nameless_file.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_beginning = 64 * 1024;
constexpr std::size_t longest_piece = std::size_t{1} << 20;

std::unexpected<Error> trouble() {
  return file_error(files::temporary_place(), "a temporary file for a large message could not be kept there", errno);
}

}  // namespace

SpooledMessage::~SpooledMessage() {
  if (file_ >= 0) ::close(file_);
}

Result<> SpooledMessage::append(std::string_view bytes) {
  size_ += bytes.size();
  beginning_ += bytes.substr(0, longest_beginning - std::min(beginning_.size(), longest_beginning));
  if (file_ < 0 && size_ <= memory_limit_) {
    memory_ += bytes;
    return {};
  }
  if (file_ < 0) {
    file_ = files::make_nameless_file().release();
    if (file_ < 0) return trouble();
    GODWIT_CHECK(write(memory_));
    memory_ = {};
  }
  return write(bytes);
}

Result<> SpooledMessage::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return trouble();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Task<Result<std::span<const char>>> SpooledMessage::read() {
  if (file_ < 0) {
    const std::size_t begin = std::min<std::size_t>(given_, memory_.size());
    const std::size_t size = std::min(memory_.size() - begin, longest_piece);
    given_ += size;
    co_return std::span<const char>(memory_.data() + begin, size);
  }
  memory_.resize(longest_piece);
  const ssize_t size = ::pread(file_, memory_.data(), memory_.size(), static_cast<off_t>(given_));
  if (size < 0) co_return trouble();
  given_ += static_cast<std::uint64_t>(size);
  co_return std::span<const char>(memory_.data(), static_cast<std::size_t>(size));
}

}  // namespace godwit::adapters
