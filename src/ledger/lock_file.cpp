// SPDX-License-Identifier: Apache-2.0
#include "ledger/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::ledger {
namespace {

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  const std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view digits = pid.substr(0, pid.find('\n'));
  return parse_number<std::uint32_t>(digits) ? fmt::format("process {}", digits) : "another process";
}

}  // namespace

Result<LockFile> LockFile::acquire(const std::filesystem::path& file) {
  const std::string name = printable(file.native());
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(codes::ledger_not_writable, fmt::format("{}: the lock file cannot be made ({}); the ledger's directory must exist "
                                                        "and be writable", name, std::strerror(errno)));
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string holder = holder_of(descriptor);
    ::close(descriptor);
    if (reason == EWOULDBLOCK) {
      return fail(codes::ledger_in_use, fmt::format("the ledger is in use by {} ({}); wait for it or stop it, then try again",
                                                    holder, name));
    }
    return fail(codes::locks_not_possible, fmt::format("{}: this file system does not take locks ({}); put the ledger on a local disk",
                                                       name, std::strerror(reason)));
  }
  // The pid is for people; a lock without it is a lock all the same.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) errno = 0;
  return LockFile(descriptor);
}

LockFile::~LockFile() {
  if (descriptor_ < 0) return;
  if (::ftruncate(descriptor_, 0) != 0) errno = 0;  // a stale pid does no harm
  ::close(descriptor_);
}

}  // namespace godwit::ledger
