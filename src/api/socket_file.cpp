// SPDX-License-Identifier: Apache-2.0
#include "api/socket_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace godwit::api {
namespace {

using std::filesystem::path;

constexpr std::size_t name_limit = sizeof(sockaddr_un::sun_path) - 1;

// An address as the kernel takes it, and what must stay open while it is used.
struct Address {
  sockaddr_un value{};
  Descriptor directory{};
  [[nodiscard]] const sockaddr* pointer() const { return reinterpret_cast<const sockaddr*>(&value); }
};

std::unexpected<Error> failure(ErrorKind kind, const path& file, std::string_view text) {
  return fail(kind, fmt::format("{}: {}", printable(file.native()), text));
}

std::unexpected<Error> system_failure(const path& file, std::string_view attempted, int code) {
  const std::string_view advice =
      code == ENOENT || code == ENOTDIR              ? "; check the name of the directory"
      : code == EACCES || code == EPERM || code == EROFS ? "; only the user who runs the plan, and root, may use it: run this command as "
                                                       "that user, or check owner and mode of the directory"
      : code == EOPNOTSUPP                           ? "; put the ledger on a local disk"
      : code == EMFILE || code == ENFILE             ? "; raise the limit of open files (ulimit -n)"
                                                     : "";
  return failure(ErrorKind::storage, file, fmt::format("{} ({}){}", attempted, std::strerror(code), advice));
}

// What is too long for an address is reached through its directory's descriptor.
Result<Address> address_of(const path& file) {
  Address address;
  address.value.sun_family = AF_UNIX;
  std::string name = file.native();
  if (name.size() > name_limit) {
    const path directory = file.has_parent_path() ? file.parent_path() : path(".");
    address.directory = Descriptor(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (address.directory.get() < 0) {
      const int code = errno;
      return code == ENOENT || code == ENOTDIR ? failure(ErrorKind::not_found, file, "its directory is not there; check the name")
                                               : system_failure(file, "its directory cannot be opened", code);
    }
    const std::string prefix = fmt::format("/proc/self/fd/{}/", address.directory.get());
    name = prefix + file.filename().native();
    if (name.size() > name_limit) {
      return failure(ErrorKind::usage, file, fmt::format("the name of a socket's file may have {} bytes and this one has {}; give the "
                                                         "ledger a shorter name (how deep its directory lies does not matter)",
                                                         name_limit - prefix.size(), file.filename().native().size()));
    }
  }
  std::memcpy(address.value.sun_path, name.data(), name.size());
  return address;
}

Result<Descriptor> new_socket(const path& file) {
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor.get() < 0) return system_failure(file, "no socket can be made", errno);
  return descriptor;
}

// Clears the way for a new socket, where nobody uses what is there.
Result<> remove_stale(const path& file) {
  struct stat found{};
  if (::lstat(file.c_str(), &found) != 0) {
    return errno == ENOENT ? Result<>{} : system_failure(file, "the socket cannot be made", errno);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return failure(ErrorKind::exists, file, "a file that is no socket has this name, and is not touched; move it away");
  }
  const Result<Descriptor> listener = connect_to(file);
  if (listener) {
    const Result<Peer> peer = peer_of(listener->get());
    return failure(ErrorKind::exists, file, fmt::format("process {} listens here already; stop it first, or send it your commands",
                                                        peer ? peer->process : 0));
  }
  if (listener.error().kind == ErrorKind::unavailable) {
    return failure(ErrorKind::exists, file, "another process listens here already; stop it first");
  }
  if (listener.error().kind != ErrorKind::not_found) return std::unexpected(listener.error());
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return system_failure(file, "the old socket cannot be removed", errno);
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<Peer> peer_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail(ErrorKind::storage, fmt::format("the kernel does not say who is at the other end of the socket ({})",
                                                std::strerror(errno)));
  }
  return Peer{credentials.pid, credentials.uid};
}

bool may_call(const Peer& caller) { return caller.user == ::geteuid() || caller.user == 0; }
bool may_be_called(const Peer& server) { return may_call(server) || ::geteuid() == 0; }

Result<Descriptor> connect_to(const path& file) {
  GODWIT_TRY(const Address address, address_of(file));
  GODWIT_TRY(Descriptor descriptor, new_socket(file));
  if (::connect(descriptor.get(), address.pointer(), sizeof address.value) == 0) return descriptor;
  switch (const int code = errno; code) {
    case ENOENT:
    case ENOTDIR:
      return failure(ErrorKind::not_found, file, "there is no such socket: no process runs this ledger's plan; start it, or check "
                                                 "the name of the ledger");
    case ECONNREFUSED:
      return failure(ErrorKind::not_found, file, "nobody listens at this socket: the process that ran this ledger's plan is gone; "
                                                 "start it again");
    case EAGAIN:
      return failure(ErrorKind::unavailable, file, "too many clients are waiting; try again");
    default:
      return system_failure(file, "the socket cannot be used", code);
  }
}

Result<ListeningSocket> ListeningSocket::open(path file) {
  GODWIT_TRY(const Address address, address_of(file));
  GODWIT_CHECK(remove_stale(file));
  GODWIT_TRY(Descriptor descriptor, new_socket(file));
  // The file gets its mode from the socket, so that nobody else can connect for a moment.
  struct stat made{};
  if (::fchmod(descriptor.get(), 0600) != 0 || ::bind(descriptor.get(), address.pointer(), sizeof address.value) != 0 ||
      ::lstat(file.c_str(), &made) != 0) {
    return system_failure(file, "the socket cannot be made", errno);
  }
  ListeningSocket socket(std::move(descriptor), std::move(file), made.st_dev, made.st_ino);
  if (::listen(socket.descriptor_.get(), SOMAXCONN) != 0) return system_failure(socket.file_, "the socket cannot be made", errno);
  return socket;
}

void ListeningSocket::remove_file() {
  const path file = std::exchange(file_, {});
  struct stat found{};
  if (file.empty() || ::lstat(file.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(file.c_str());
}

}  // namespace godwit::api
