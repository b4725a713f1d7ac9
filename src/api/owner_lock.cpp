// SPDX-License-Identifier: Apache-2.0
#include "api/owner_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "api/socket_file.h"
#include "base/text.h"

namespace godwit::api {
namespace {

using std::filesystem::path;

path beside(const path& ledger, const char* ending) {
  std::error_code failed;
  path name = std::filesystem::weakly_canonical(std::filesystem::absolute(ledger), failed);
  if (failed) name = ledger;
  return name += ending;
}

Result<bool> is_locked(const path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat found{};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return fail(ErrorKind::storage, fmt::format("{}: the lock file cannot be read ({}); run this command as the user who runs the plan",
                                                printable(file.native()), std::strerror(errno)));
  }
  // An owner writes its number into the file and empties it at its end. So only what a killed one has left is tried with a lock, which
  // a new owner could meet.
  if (found.st_size == 0) return false;
  if (::flock(descriptor.get(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return fail(ErrorKind::storage, fmt::format("{}: this file system does not take locks ({}); put the ledger on a local disk",
                                              printable(file.native()), std::strerror(errno)));
}

}  // namespace

path socket_of(const path& ledger) { return beside(ledger, ".socket"); }

Result<bool> has_owner(const path& ledger) {
  const Result<Descriptor> listener = connect_to(socket_of(ledger));
  if (listener || listener.error().kind == ErrorKind::unavailable) return true;
  if (listener.error().kind != ErrorKind::not_found) return std::unexpected(listener.error());
  return is_locked(beside(ledger, ".lock"));
}

}  // namespace godwit::api
