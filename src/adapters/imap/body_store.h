// SPDX-License-Identifier: Apache-2.0
// Messages that were read for one of their labels, until they have been given for the others, too. They lie in a file without a name in
// the folder for temporary files (TMPDIR), which goes with the process. Where that is full nothing is kept, and is read again. Used by
// one thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "base/uid_set.h"

namespace godwit::adapters {

class BodyStore {
 public:
  struct Key {
    std::size_t space = 0;
    Uid uid = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Kept {
    std::string date;
    std::uint64_t offset = 0, size = 0;
    std::size_t uses = 0;  // for so many labels it is still to be given
  };

  BodyStore() = default;
  BodyStore(const BodyStore&) = delete;
  BodyStore& operator=(const BodyStore&) = delete;
  ~BodyStore();

  // Room for a body that comes in pieces, several at the same time; nothing is kept before keep(). False: no room.
  [[nodiscard]] bool reserve(Kept& body);
  [[nodiscard]] bool write(const Kept& body, std::uint64_t at, std::span<const char> piece);
  void keep(Key key, Kept body) { kept_.insert_or_assign(key, std::move(body)); }

  [[nodiscard]] const Kept* find(Key key) const;
  // A piece of it, of at most `buffer`; empty: it cannot be read.
  [[nodiscard]] std::span<const char> read(const Kept& body, std::uint64_t at, std::span<char> buffer) const;
  // It was given once more; after the last time it is forgotten, and its room given back.
  void use(Key key);

  // Which messages somebody is about to read, and will keep.
  [[nodiscard]] UidSet claimed(std::size_t space) const;
  void claim(std::size_t space, const UidSet& uids) { claimed_[space].add(uids); }
  void release(std::size_t space, const UidSet& uids) { claimed_[space] = claimed_[space].without(uids); }

 private:
  int file_ = -1;
  std::uint64_t end_ = 0;
  std::map<Key, Kept> kept_;
  std::map<std::size_t, UidSet> claimed_;
};

}  // namespace godwit::adapters
