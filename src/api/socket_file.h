// SPDX-License-Identifier: Apache-2.0
// Unix stream sockets with a name in the file system (unix(7)): made, found, and who is at the other end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <utility>

#include "base/error.h"

namespace godwit::api {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct Peer {
  pid_t process = 0;  // that connected, or that listens
  uid_t user = 0;
};
// Of a connected socket, as the kernel noted it (SO_PEERCRED). Error: storage.
[[nodiscard]] Result<Peer> peer_of(int descriptor);

// A server takes calls of its own user and of root; a client makes them to these, and root makes them to everybody.
[[nodiscard]] bool may_call(const Peer& caller);
[[nodiscard]] bool may_be_called(const Peer& server);

// A non-blocking connection. Paths may be longer than the 107 bytes that an address holds. Errors: not_found (no file, or nobody
// listens: nothing owns the ledger), unavailable (more clients wait than the kernel lets wait), storage (no permission, or whatever
// else the disk says), usage (the file's name alone is too long).
[[nodiscard]] Result<Descriptor> connect_to(const std::filesystem::path& file);

// A listening socket, non-blocking, mode 0600 from its first moment; the file goes with the object. The caller must own what the
// socket serves (hold the ledger's lock): two that begin at the same moment are kept apart by that alone.
class ListeningSocket {
 public:
  // A file that a killed process has left is replaced. Errors: exists (a process listens there; or it is no socket, and is left
  // alone), storage, usage.
  [[nodiscard]] static Result<ListeningSocket> open(std::filesystem::path file);
  ListeningSocket(ListeningSocket&& other) noexcept
      : descriptor_(std::move(other.descriptor_)),
        file_(std::exchange(other.file_, {})),
        device_(other.device_),
        inode_(other.inode_) {}
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket() { remove_file(); }

  // Gives the socket away, not the file.
  [[nodiscard]] int release() { return descriptor_.release(); }
  // Not when another file has the name by now.
  void remove_file();

 private:
  ListeningSocket(Descriptor descriptor, std::filesystem::path file, dev_t device, ino_t inode)
      : descriptor_(std::move(descriptor)), file_(std::move(file)), device_(device), inode_(inode) {}
  Descriptor descriptor_;
  std::filesystem::path file_;  // empty: nothing to remove
  dev_t device_;
  ino_t inode_;
};

}  // namespace godwit::api
