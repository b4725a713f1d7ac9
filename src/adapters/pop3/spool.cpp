// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file_error.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_beginning = 64 * 1024;
constexpr std::size_t longest_piece = std::size_t{1} << 20;

std::filesystem::path place() {
  std::error_code failed;
  const auto folder = std::filesystem::temp_directory_path(failed);
  return failed ? "/tmp" : folder;
}

std::unexpected<Error> trouble() { return file_error(place(), "a temporary file for a large message could not be kept there", errno); }

int open_nameless(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  std::string name = (folder / "godwit-XXXXXX").string();  // file systems without O_TMPFILE
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
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
    file_ = open_nameless(place());
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
