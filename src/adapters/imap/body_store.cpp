// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/body_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace godwit::adapters {
namespace {

int file_without_name() {
  const char* const folder = std::getenv("TMPDIR");
  return ::open(folder != nullptr && *folder != '\0' ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

}  // namespace

BodyStore::~BodyStore() {
  if (file_ >= 0) ::close(file_);
}

bool BodyStore::reserve(Kept& body) {
  if (file_ < 0) file_ = file_without_name();
  if (file_ < 0) return false;
  body.offset = end_;
  end_ += body.size;
  return true;
}

bool BodyStore::write(const Kept& body, std::uint64_t at, std::span<const char> piece) {
  if (at + piece.size() > body.size) return false;
  while (!piece.empty()) {
    const ssize_t written = ::pwrite(file_, piece.data(), piece.size(), static_cast<off_t>(body.offset + at));
    if (written <= 0) return false;
    piece = piece.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

const BodyStore::Kept* BodyStore::find(Key key) const {
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : &found->second;
}

UidSet BodyStore::claimed(std::size_t space) const {
  const auto found = claimed_.find(space);
  return found == claimed_.end() ? UidSet() : found->second;
}

std::span<const char> BodyStore::read(const Kept& body, std::uint64_t at, std::span<char> buffer) const {
  const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), body.size - std::min(at, body.size));
  const ssize_t got = ::pread(file_, buffer.data(), wanted, static_cast<off_t>(body.offset + at));
  return buffer.first(got > 0 ? static_cast<std::size_t>(got) : 0);
}

void BodyStore::use(Key key) {
  const auto found = kept_.find(key);
  if (found == kept_.end() || --found->second.uses > 0) return;
  const Kept& body = found->second;
  // Where the file system cannot do it, the room is given back with the file.
  if (body.size > 0) {
    const auto offset = static_cast<off_t>(body.offset), size = static_cast<off_t>(body.size);
    static_cast<void>(::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, size));
  }
  kept_.erase(found);
}

}  // namespace godwit::adapters
