// SPDX-License-Identifier: Apache-2.0
#include "vault/secret_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/file_error.h"
#include "base/text.h"

namespace godwit::vault {
namespace {

using std::filesystem::path;

constexpr std::size_t largest_key_file = std::size_t{16} << 10;

std::unexpected<Error> refuse(const path& file, std::string_view why) {
  return fail(ErrorKind::usage, fmt::format("{}: {}", printable(file.native()), why));
}

Result<> check_owner_and_mode(const path& file, const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return refuse(file, fmt::format("this key belongs to user {}, who could replace it; chown it to the user that runs godwit",
                                    status.st_uid));
  }
  if ((status.st_mode & 077U) != 0) {
    return refuse(file, fmt::format("others than its owner can use this key (mode {:04o}); run chmod 600 on it, and make a new "
                                    "one where somebody may have read it", status.st_mode & 07777U));
  }
  return {};
}

Result<> overwrite(const path& file, int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return file_error(file, "the key cannot be overwritten", errno);
  if (status.st_nlink > 1) return {};  // a name of it stays, and who has that needs the bytes
  const std::string zeros(static_cast<std::size_t>(status.st_size), '\0');
  const bool is_written = ::pwrite(descriptor, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size());
  if (!is_written || ::fsync(descriptor) != 0) return file_error(file, "the key cannot be overwritten", errno);
  return {};
}

}  // namespace

Result<Secret> read_key_file(const path& file, Readers readers) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not stop us
  if (descriptor < 0) return file_error(file, "the key cannot be read", errno);
  struct stat status{};
  std::string text(largest_key_file, '\0');
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t size = is_file ? ::pread(descriptor, text.data(), text.size(), 0) : 0;
  const int code = errno;
  ::close(descriptor);
  const Secret whole(std::move(text));
  if (!is_file) return refuse(file, "this is not a file");
  if (readers == Readers::owner) GODWIT_CHECK(check_owner_and_mode(file, status));
  if (size < 0) return file_error(file, "the key cannot be read", code);
  return Secret(whole.reveal().substr(0, static_cast<std::size_t>(size)));
}

Result<> destroy_key_file(const path& file) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return errno == ENOENT ? Result<>() : file_error(file, "the key cannot be overwritten", errno);
  const Result<> overwritten = overwrite(file, descriptor);
  ::close(descriptor);
  GODWIT_CHECK(overwritten);
  if (::unlink(file.c_str()) != 0) return file_error(file, "the key cannot be removed", errno);
  return {};
}

}  // namespace godwit::vault
