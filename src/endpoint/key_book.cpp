// SPDX-License-Identifier: Apache-2.0
#include "endpoint/key_book.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace godwit::endpoint {
namespace {

class MemoryKeyBook final : public KeyBook {
 public:
  Task<Result<KeyedFolder>> open(std::string folder) override {
    const std::lock_guard lock(mutex_);
    co_return at(folder);
  }

  Task<Result<std::vector<Uid>>> number(std::string folder, std::vector<std::string> keys) override {
    const std::lock_guard lock(mutex_);
    KeyedFolder& known = at(folder);
    std::map<std::string_view, Uid> by_key;
    for (const KeyedMessage& message : known.messages) by_key.emplace(message.key, message.uid);
    std::vector<Uid> uids;
    std::vector<KeyedMessage> added;
    for (const std::string& key : keys) {
      const auto [place, is_new] = by_key.emplace(key, known.uid_next);
      uids.push_back(place->second);
      if (is_new) added.push_back({known.uid_next++, key});
    }
    std::ranges::move(added, std::back_inserter(known.messages));
    co_return uids;
  }

  Task<Result<>> forget(std::string folder, UidSet uids) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(at(folder).messages, [&](const KeyedMessage& message) { return uids.contains(message.uid); });
    co_return Result<>{};
  }

 private:
  KeyedFolder& at(const std::string& name) {
    const auto [place, is_new] = folders_.try_emplace(name);
    if (is_new) place->second.uid_validity = 1;  // always: who looks twice at the same listing finds the same numbers
    return place->second;
  }

  std::mutex mutex_;
  std::map<std::string, KeyedFolder> folders_;
};

}  // namespace

std::shared_ptr<KeyBook> make_memory_key_book() { return std::make_shared<MemoryKeyBook>(); }

}  // namespace godwit::endpoint
